import { onBeforeUnmount, onMounted } from 'vue'

export type Keys = Record<string, (event: KeyboardEvent) => void>

/** Single keys of a view. While something is typed they are letters, except those with Ctrl or Esc. */
export function useKeys(keys: Keys): void {
  function press(event: KeyboardEvent): void {
    const target = event.target as HTMLElement
    const typing = target.isContentEditable || ['INPUT', 'SELECT', 'TEXTAREA'].includes(target.tagName)
    const name = `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.key}`
    if (event.altKey || (typing && !name.startsWith('Ctrl+') && event.key !== 'Escape')) return
    const act = keys[name]
    if (!act) return
    event.preventDefault()
    act(event)
  }
  onMounted(() => document.addEventListener('keydown', press))
  onBeforeUnmount(() => document.removeEventListener('keydown', press))
}
