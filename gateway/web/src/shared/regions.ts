import { ref } from 'vue'
import { get } from '../api/client'
import type { Region } from '../api/types'

const known = ref(new Map<string, Region>())
const asked = new Map<string, Promise<Region[]>>()

/** The regions below one, of today; with deep also those below them. Asked once. */
export function regionsBelow(parent: string, deep = false): Promise<Region[]> {
  const key = `${parent} ${deep}`
  let answer = asked.get(key)
  if (!answer) {
    answer = get<{ regions: Region[] }>('/v1/regions', { parent, recursive: deep ? 'true' : undefined }).then(({ regions }) => {
      for (const r of regions) known.value.set(r.code, r)
      return regions
    })
    answer.catch(() => asked.delete(key))
    asked.set(key, answer)
  }
  return answer
}

/** A region's name, or its code while the name is not known. */
export function regionName(code: string): string {
  return known.value.get(code)?.name ?? code
}

/** Forgets all, when somebody else logs in. */
export function forgetRegions(): void {
  known.value = new Map()
  asked.clear()
}
