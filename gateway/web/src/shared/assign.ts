import { post } from '../api/client'
import type { Entry } from '../api/types'

export interface Assignment {
  entryId: string
  /** Empty is the province's own queue. */
  countyCode: string
}

interface Result {
  entry?: Entry | null
  failure?: { reason: string; message: string } | null
}

/** Assigns children to counties; answers why each could not be, or nothing. */
export async function assignAll(assignments: Assignment[], reason: string): Promise<string[]> {
  const { results } = await post<{ results: Result[] }>('/v1/entries:assign', { assignments, reason })
  return results.map((r) => r.failure?.message ?? '')
}

/** Gives children back to the province's own queue. */
export async function takeBack(ids: string[], reason: string): Promise<void> {
  const failed = (await assignAll(ids.map((entryId) => ({ entryId, countyCode: '' })), reason)).find(Boolean)
  if (failed) throw new Error(failed)
}
