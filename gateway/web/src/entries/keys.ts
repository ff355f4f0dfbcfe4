import { onBeforeUnmount, onMounted } from 'vue'

export type Keys = Record<string, (event: KeyboardEvent) => void>

/** With Alt a digit's place on the keyboard counts: what it writes differs from machine to machine. */
function nameOf(event: KeyboardEvent): string {
  if (event.altKey) return `Alt+${event.code.replace('Digit', '')}`
  return event.ctrlKey || event.metaKey ? `Ctrl+${event.key}` : event.key
}

/** Single keys of a view. While something is typed they are letters, except those with Ctrl, Alt and a digit, or Esc. */
export function useKeys(keys: Keys): void {
  function press(event: KeyboardEvent): void {
    const target = event.target as HTMLElement
    const typing = target.isContentEditable || ['INPUT', 'SELECT', 'TEXTAREA'].includes(target.tagName)
    const name = nameOf(event)
    if (typing && name === event.key && name !== 'Escape') return
    const act = keys[name]
    if (!act) return
    event.preventDefault()
    act(event)
  }
  onMounted(() => document.addEventListener('keydown', press))
  onBeforeUnmount(() => document.removeEventListener('keydown', press))
}
