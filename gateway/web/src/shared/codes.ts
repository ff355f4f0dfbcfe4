import { ref } from 'vue'
import { get } from '../api/client'
import type { FindingCode } from '../api/types'

/** The classification standard of today. */
export const codes = ref<FindingCode[]>([])

let asked: Promise<void> | null = null

export function loadCodes(): Promise<void> {
  asked ??= get<{ codes: FindingCode[] }>('/v1/findingCodes').then((answer) => {
    codes.value = answer.codes
  })
  asked.catch(() => (asked = null))
  return asked
}

/** The code with its name, as lists show it. */
export function codeText(code: string): string {
  const found = codes.value.find((c) => c.code === code)
  return found ? `${code} ${found.name}` : code
}
