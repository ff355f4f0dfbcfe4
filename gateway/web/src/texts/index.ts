import { en } from './en'
import { language } from './language'
import { zh, type Texts } from './zh'

/** The catalogue that is shown. Both are loaded: modules of older browsers can't wait for one (top-level await). */
export const t: Texts = language === 'en' ? en : zh
document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN'

export const actionText = t.actions
export const sourceText = t.sources
export const importStateText = t.importStates
export const flagTexts = t.flags

/** A source in words; a child of none says so. */
export const sourceName = (source: string): string => t.sources[source] ?? t.entry.noSource

/** A flag in words; one that a newer server knows is shown by its name. */
export function flagText(flag: string): string {
  return t.flags[flag] ?? flag
}

/** A special group in words. */
export function tagText(tag: string): string {
  return (t.tags as Record<string, string>)[tag] ?? tag
}

export function suggestionText(reason: string): string {
  return t.suggestions[reason] ?? reason
}

export function timeText(time: string | null | undefined): string {
  return time ? new Date(time).toLocaleString(language === 'en' ? 'en-GB' : 'zh-CN', { timeZone: 'Asia/Shanghai', hourCycle: 'h23' }) : ''
}

/** What a deadline is for; verification's names begin with DUE_. */
export function dueText(kind: string): string {
  return t.due[kind.replace(/^DUE_/, '')] ?? kind
}

/** Why an entry was routed: a flag of its region code, or somebody's decision in words. */
export function routingText(reason: string): string {
  return t.routing[reason] ?? flagText(reason)
}

/** Several things in one line. */
export const listed = (texts: string[]): string => texts.join(t.common.comma)
/** A label and what it says. */
export const labelled = (label: string, text: string): string => `${label}${t.common.colon}${text}`
/** A thing with a remark. */
export const remarked = (text: string, remark: string | number): string => t.common.remark(text, String(remark))

export const fieldText = (name: string): string => t.fields[name] ?? name
export const roleText = (name: string): string => (t.roles as Record<string, string>)[name] ?? name
export const batchRowText = (state: string): string => t.worklist.states[state] ?? state
export const reviewStateText = (state: string): string => t.reviews.states[state] ?? state
export const regionChangeText = (kind: string): string => t.regions.kinds[kind] ?? kind
