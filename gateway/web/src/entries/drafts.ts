// What was typed and not saved, for this tab alone: it outlives a lost network, an expired
// session and a reload, and ends with the tab, with saving, and with logging out.
const prefix = 'baoxue-draft '

const keyOf = (entryId: string, action: string): string => `${prefix}${entryId} ${action}`

/** A form that is as it was begun, because what was typed was discarded, is no draft. */
export function keepDraft(entryId: string, action: string, form: object, begun: object): void {
  const [text, before] = [JSON.stringify(form), JSON.stringify(begun)]
  if (text === before) sessionStorage.removeItem(keyOf(entryId, action))
  else sessionStorage.setItem(keyOf(entryId, action), text)
}

export function draftOf(entryId: string, action: string): Record<string, string> | null {
  const text = sessionStorage.getItem(keyOf(entryId, action))
  return text ? (JSON.parse(text) as Record<string, string>) : null
}

export function dropDrafts(entryId: string): void {
  drop(`${prefix}${entryId} `)
}

export function clearDrafts(): void {
  drop(prefix)
}

function drop(begin: string): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(begin)) sessionStorage.removeItem(key)
}
