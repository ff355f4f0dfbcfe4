import { ref, type Ref } from 'vue'

export interface Task {
  busy: Ref<boolean>
  error: Ref<unknown>
  /** Runs one piece of work; what it throws is kept to be shown. Says whether it went well. */
  run: (work: () => Promise<void>) => Promise<boolean>
}

/** What a view does for its user: it is under way, or failed, or neither. */
export function useTask(): Task {
  const busy = ref(false)
  const error = ref<unknown>(null)
  async function run(work: () => Promise<void>): Promise<boolean> {
    busy.value = true
    error.value = null
    try {
      await work()
      return true
    } catch (e) {
      error.value = e
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, error, run }
}
