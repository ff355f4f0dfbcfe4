import type { Query } from '../api/client'
import type { Tab } from '../api/types'
import type { Address } from '../shared/address'

/** What a list shows. It stands in the address bar, so that a view can be kept and sent on. */
export interface Filter {
  tab: Tab
  queue: string
  region: string
  source: string
  code: string
  flag: string
  tag: string
  school: string
  from: string
  to: string
  importId: string
  q: string
  order: string
}

export const emptyFilter: Filter = {
  tab: 'PENDING',
  queue: '',
  region: '',
  source: '',
  code: '',
  flag: '',
  tag: '',
  school: '',
  from: '',
  to: '',
  importId: '',
  q: '',
  order: '',
}

export function filterOf(said: Address): Filter {
  const filter = { ...emptyFilter }
  for (const key of Object.keys(emptyFilter) as (keyof Filter)[]) {
    if (said[key]) (filter[key] as string) = said[key]
  }
  if (filter.tab !== 'HANDLED') filter.tab = 'PENDING'
  return filter
}

/** The address says what differs from the first view alone. A name or a number is a child's and stays out of it. */
export function addressOf(filter: Filter): Record<string, string> {
  return Object.fromEntries(
    (Object.entries(filter) as [keyof Filter, string][]).filter(([key, value]) => key !== 'q' && value !== emptyFilter[key]),
  )
}

/** The same question in a request's body, where an enum has its whole name and a page of it makes no sense. */
export function filterBody(question: Query): Record<string, unknown> {
  const { orderBy: _, ...rest } = question
  const long: Record<string, string> = { tab: 'TAB_', queue: 'QUEUE_', source: 'SOURCE_' }
  return Object.fromEntries(
    Object.entries(rest)
      .filter(([, value]) => value)
      .map(([key, value]) => [key, long[key] && !String(value).startsWith(long[key]) ? long[key] + value : value]),
  )
}

/** Whether it leaves children of its tab out. */
export function isNarrow(filter: Filter): boolean {
  return (Object.entries(filter) as [keyof Filter, string][]).some(([key, value]) => key !== 'tab' && key !== 'order' && value !== '')
}

/** The question to the server. */
export function questionOf(f: Filter): Query {
  return {
    // A queue has children of both tabs.
    tab: f.queue ? '' : f.tab,
    queue: f.queue,
    region: f.region,
    source: f.source,
    code: f.code,
    flags: f.flag ? [f.flag] : undefined,
    tags: f.tag ? [f.tag] : undefined,
    school: f.school,
    foundFrom: f.from,
    foundTo: f.to,
    importId: f.importId,
    q: f.q,
    orderBy: f.order,
  }
}
