import { computed, reactive, ref, watch, type ComputedRef, type Ref } from 'vue'
import { fieldErrorsOf, toFirstError } from '../shared/fields'
import { useTask } from '../shared/task'
import { draftOf, dropDrafts, keepDraft } from './drafts'

export interface Sheet<T extends object> {
  form: T
  /** What is in the form was typed before, and not saved. */
  drafted: Ref<boolean>
  busy: Ref<boolean>
  error: Ref<unknown>
  errors: ComputedRef<Record<string, string>>
  /** Says whether it is saved; if not, whoever typed is taken to what has to be written otherwise. */
  save: (at: HTMLElement | null) => Promise<boolean>
  discard: () => void
}

/**
 * A form that is typed in a village without a network: what it holds is kept until it is saved. begun is what it
 * starts with, kind tells forms of one name apart.
 */
export function useSheet<T extends object>(name: string, kind: string, begun: T, send: (form: T) => Promise<void>): Sheet<T> {
  const kept = draftOf(name, kind)
  const form = reactive({ ...begun, ...kept }) as T
  const drafted = ref(kept !== null)
  const { busy, error, run } = useTask()
  const stop = watch(form, () => keepDraft(name, kind, form, begun))

  async function save(at: HTMLElement | null): Promise<boolean> {
    if (!(await run(() => send(form)))) {
      await toFirstError(at)
      return false
    }
    stop()
    dropDrafts(name)
    return true
  }

  function discard(): void {
    Object.assign(form, begun)
    drafted.value = false
  }

  return { form, drafted, busy, error, errors: computed(() => fieldErrorsOf(error.value)), save, discard }
}
