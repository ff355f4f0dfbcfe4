import { ref } from 'vue'
import { get } from '../api/client'
import type { FigureDefinition, FigureRow } from '../api/types'

/** What each column means, from the one place where it is defined. */
export const definitions = ref<FigureDefinition[]>([])

let asked: Promise<void> | null = null

export function loadDefinitions(): Promise<void> {
  asked ??= get<{ definitions: FigureDefinition[] }>('/v1/figureDefinitions').then((answer) => {
    definitions.value = answer.definitions
  })
  asked.catch(() => (asked = null))
  return asked
}

/** The cell's text: a count, a rate, a rank; — where there is none. */
export function cellText(row: FigureRow, key: string): string {
  const value = key.startsWith('byCode.')
    ? ((row.byCode as Record<string, number>)[key.slice('byCode.'.length)] ?? 0)
    : (row as unknown as Record<string, string | number | undefined>)[key]
  if (value === undefined || value === '' || (key === 'rank' && value === 0)) return '—'
  return String(value)
}

/** A rate like 98.50% as a number; nothing where there is none. */
export function rateOf(text: string): number | null {
  const number = Number.parseFloat(text)
  return Number.isNaN(number) ? null : number
}
