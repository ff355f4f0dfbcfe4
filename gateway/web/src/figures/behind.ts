import type { FigureRow } from '../api/types'
import { addressOf, emptyFilter, type Filter } from '../entries/filter'

/** The lists that show the children behind a figure as they are now. */
const lists: Record<string, Partial<Filter>> = {
  pending: { tab: 'PENDING' },
  unconfirmed: { tab: 'HANDLED', code: '99' },
  aTotal: { queue: 'QUEUE_PERSUADING' },
  overdue: { queue: 'QUEUE_OVERDUE' },
  closed: { queue: 'QUEUE_CLOSED' },
  dutyOpen: { queue: 'QUEUE_DUTY' },
  givenBack: { queue: 'QUEUE_RETURNED' },
}

function listOf(figure: string): Partial<Filter> | undefined {
  const code = /^byCode\.(\w+)$/.exec(figure)?.[1]
  return code ? { tab: 'HANDLED', code } : lists[figure]
}

export const hasList = (figure: string): boolean => listOf(figure) !== undefined

/** The address of the list behind a region's figure; the whole province's has no region. */
export function listBehind(row: FigureRow, figure: string): { path: string; query: Record<string, string> } {
  const region = row.regionLevel === 'province' ? '' : row.regionCode
  return { path: '/entries', query: addressOf({ ...emptyFilter, ...listOf(figure), region }) }
}
