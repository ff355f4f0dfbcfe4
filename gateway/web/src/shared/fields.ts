import { nextTick } from 'vue'
import { ApiError } from '../api/client'

/** Several things that are wrong with one field; the server's words are Chinese. */
export const joined = (before: string | undefined, next: string): string => [before, next].filter(Boolean).join('；')

/** What the server says of each field, by the field's last name, for the form to show at it. */
export function fieldErrorsOf(e: unknown): Record<string, string> {
  const errors: Record<string, string> = {}
  if (!(e instanceof ApiError)) return errors
  for (const v of e.violations) {
    const name = v.field.slice(v.field.lastIndexOf('.') + 1)
    errors[name] = joined(errors[name], v.description)
  }
  return errors
}

/** Takes whoever saved a form to the first field that has to be written otherwise: in a long one it is out of sight. */
export async function toFirstError(form: HTMLElement | null): Promise<void> {
  await nextTick()
  const field = form?.querySelector('small.error')?.closest('label, .field')
  field?.querySelector<HTMLElement>('select, input, textarea')?.focus()
  field?.scrollIntoView({ block: 'center' })
}
