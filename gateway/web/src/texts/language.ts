export type Language = 'zh' | 'en'

const key = 'baoxue-language'

/** Chinese until the user chooses; the choice holds in this browser. */
export const language: Language = localStorage.getItem(key) === 'en' ? 'en' : 'zh'

/** The page begins anew: what was typed is kept as drafts, and the address stays. */
export function switchLanguage(): void {
  localStorage.setItem(key, language === 'en' ? 'zh' : 'en')
  location.reload()
}
