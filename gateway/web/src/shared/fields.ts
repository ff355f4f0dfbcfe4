import { ApiError } from '../api/client'

/** What the server says of each field, by the field's last name, for the form to show at it. */
export function fieldErrorsOf(e: unknown): Record<string, string> {
  const errors: Record<string, string> = {}
  if (!(e instanceof ApiError)) return errors
  for (const v of e.violations) {
    const name = v.field.slice(v.field.lastIndexOf('.') + 1)
    errors[name] = [errors[name], v.description].filter(Boolean).join('；')
  }
  return errors
}
