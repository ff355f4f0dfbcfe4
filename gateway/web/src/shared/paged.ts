import { ref, type Ref } from 'vue'
import { useTask, type Task } from './task'

export interface Page<T> {
  items: T[]
  next: string
}

export interface Paged<T> extends Task {
  items: Ref<T[]>
  next: Ref<string>
  /** Begins again with the first page. */
  restart: () => Promise<void>
  /** Adds the next page. */
  more: () => Promise<void>
}

/** A list that grows by pages. An answer that a later question overtook is dropped. */
export function usePaged<T>(fetch: (pageToken: string) => Promise<Page<T>>): Paged<T> {
  const items = ref([]) as Ref<T[]>
  const next = ref('')
  const task = useTask()
  let question = 0
  async function load(token: string): Promise<void> {
    const mine = ++question
    await task.run(async () => {
      const page = await fetch(token)
      if (mine !== question) return
      items.value = token ? [...items.value, ...page.items] : page.items
      next.value = page.next
    })
  }
  return { ...task, items, next, restart: () => load(''), more: () => load(next.value) }
}
