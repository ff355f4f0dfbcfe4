import { ref, watchEffect } from 'vue'

export type Theme = 'light' | 'dark'

const key = 'baoxue-theme'
const kept = localStorage.getItem(key)
const wished = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'

/** Follows the machine until the user chooses. */
export const theme = ref<Theme>(kept === 'dark' || kept === 'light' ? kept : wished)

watchEffect(() => document.documentElement.classList.toggle('dark', theme.value === 'dark'))

export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark'
  localStorage.setItem(key, theme.value)
}
