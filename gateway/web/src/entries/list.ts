import { ref, type Ref } from 'vue'
import { get } from '../api/client'
import type { Counts, EntryList } from '../api/types'
import { questionOf, type Filter } from './filter'

const pageSize = 50

export interface List {
  list: Ref<EntryList>
  counts: Ref<Counts | null>
  page: Ref<number>
  loading: Ref<boolean>
  error: Ref<unknown>
  restart: () => Promise<void>
  reload: () => Promise<void>
  turn: (forward: boolean) => Promise<void>
  count: () => Promise<void>
}

/** Pages of children, and how many there are in each tab. An answer that a later question overtook is dropped. */
export function useList(filter: () => Filter): List {
  const list: Ref<EntryList> = ref({ entries: [], nextPageToken: '', totalSize: 0 })
  const counts = ref<Counts | null>(null)
  const loading = ref(false)
  const error = ref<unknown>(null)
  const page = ref(1)
  /** Tokens of the pages before this one, and of this one. */
  let tokens = ['']
  let question = 0
  let counting = 0

  async function load(): Promise<void> {
    const mine = ++question
    loading.value = true
    error.value = null
    page.value = tokens.length
    try {
      const answer = await get<EntryList>('/v1/entries', { ...questionOf(filter()), pageSize, pageToken: tokens[tokens.length - 1] })
      if (mine === question) list.value = answer
    } catch (e) {
      if (mine === question) error.value = e
    } finally {
      if (mine === question) loading.value = false
    }
  }

  async function count(): Promise<void> {
    const mine = ++counting
    try {
      const answer = await get<Counts>('/v1/entries:counts', { region: filter().region })
      if (mine === counting) counts.value = answer
    } catch (e) {
      if (mine === counting) error.value = e
    }
  }

  async function restart(): Promise<void> {
    tokens = ['']
    await Promise.all([load(), count()])
  }

  async function turn(forward: boolean): Promise<void> {
    tokens = forward ? [...tokens, list.value.nextPageToken] : tokens.slice(0, -1)
    await load()
  }

  async function reload(): Promise<void> {
    await Promise.all([load(), count()])
    // The last row of a page is gone: an empty page would look like an empty list.
    if (list.value.entries.length === 0 && tokens.length > 1) await turn(false)
  }

  return { list, counts, page, loading, error, restart, reload, turn, count }
}
