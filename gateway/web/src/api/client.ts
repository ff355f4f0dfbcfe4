import { ref, watch } from 'vue'
import { t } from '../texts'
import type { Session, User, Violation } from './types'

/** What the server answered when it refused, in its own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly violations: Violation[] = [],
    readonly requestId = '',
  ) {
    super(message)
  }
}

/** Who is logged in; null shows the login form. The tokens lie in cookies that no script can read. */
export const user = ref<User | null>(null)
/** Whether it is known already who is logged in. */
export const known = ref(false)
/** Why the login form is shown again. */
export const farewell = ref('')

interface Failure {
  message?: string
  reason?: string
  fieldViolations?: Violation[]
  requestId?: string
}

async function refusal(response: Response): Promise<ApiError> {
  const failure = (await response.json().catch(() => ({}))) as Failure
  return new ApiError(
    response.status,
    failure.reason ?? '',
    failure.message || t.client.noAnswer(response.status),
    failure.fieldViolations ?? [],
    failure.requestId ?? response.headers.get('X-Request-Id') ?? '',
  )
}

/** How many answers are waited for. */
export const underWay = ref(0)

/** Another site's page can't send it: it says that this one asks. */
const browserHeader = 'X-Baoxue-Browser'

async function send(path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set(browserHeader, '1')
  underWay.value++
  try {
    return await fetch(path, { ...init, headers })
  } catch {
    throw new ApiError(0, 'NETWORK', t.client.unreachable)
  } finally {
    underWay.value--
  }
}

function posted(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

export async function login(username: string, password: string, totpCode: string): Promise<void> {
  const response = await send('/v1/auth:login', posted({ username, password, totpCode }))
  if (!response.ok) throw await refusal(response)
  farewell.value = ''
  user.value = ((await response.json()) as Session).user
}

/** Whether there is a sign-on of the department's own. */
export async function signOnAvailable(): Promise<boolean> {
  const response = await send('/v1/auth:signOn', {})
  return response.ok && ((await response.json()) as { available: boolean }).available
}

/** Where the department's own sign-on begins. */
export async function startSignOn(): Promise<string> {
  const response = await send('/v1/auth:startSignOn', posted({}))
  if (!response.ok) throw await refusal(response)
  return ((await response.json()) as { authorizationUrl: string }).authorizationUrl
}

/** Logs in with what the sign-on provider said. */
export async function finishSignOn(state: string, code: string): Promise<void> {
  const response = await send('/v1/auth:finishSignOn', posted({ state, code }))
  if (!response.ok) throw await refusal(response)
  farewell.value = ''
  user.value = ((await response.json()) as Session).user
}

/** Whether somebody logged in and did not log out: who did neither is not asked for. */
const sessionKey = 'baoxue-session'

watch(
  user,
  (now) => {
    if (now) localStorage.setItem(sessionKey, '1')
  },
  { flush: 'sync' },
)

/** Finds out who is logged in since before a reload. */
export async function restore(): Promise<void> {
  if (!localStorage.getItem(sessionKey)) {
    known.value = true
    return
  }
  try {
    let response = await send('/v1/me', {})
    if (response.status === 401 && (await renewed())) response = await send('/v1/me', {})
    if (response.ok) user.value = (await response.json()) as User
    // Nobody was logged in, which is nothing to tell.
  } finally {
    known.value = true
  }
}

export async function logout(): Promise<void> {
  user.value = null
  localStorage.removeItem(sessionKey)
  // Whoever logs out is out, whatever the server says.
  await send('/v1/auth:logout', posted({})).catch(() => undefined)
}

let renewing: Promise<boolean> | null = null

/**
 * Renews the session; false when it is over. A refresh token works once: requests that fail
 * together share one renewal, and so do the windows of a browser, which share the cookies.
 */
function renewed(): Promise<boolean> {
  renewing ??= (async () => {
    const renew = async (): Promise<boolean> => {
      // Another window may have done it while this one waited.
      if ((await send('/v1/me', {})).ok) return true
      const response = await send('/v1/auth:refresh', posted({}))
      if (response.ok) user.value = ((await response.json()) as Session).user
      else if (response.status !== 401) throw await refusal(response)
      return response.ok
    }
    return 'locks' in navigator ? navigator.locks.request('baoxue-renew', renew) : renew()
  })().finally(() => {
    renewing = null
  })
  return renewing
}

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  let response = await send(path, init)
  if (response.status === 401 && (await renewed())) response = await send(path, init)
  if (response.status === 401) {
    const refused = await refusal(response)
    farewell.value = t.client.expired
    user.value = null
    throw refused
  }
  if (!response.ok) throw await refusal(response)
  return response
}

/** Changes the password; the login goes on with new tokens, all others end. */
export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  user.value = (await post<Session>('/v1/auth:changePassword', { currentPassword, newPassword })).user
}

export type Query = Record<string, string | number | string[] | undefined>

export function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const each of value) params.append(key, each)
    else if (value !== undefined && value !== '') params.set(key, String(value))
  }
  const text = params.toString()
  return text ? `${path}?${text}` : path
}

export async function get<T>(path: string, query: Query = {}): Promise<T> {
  return (await (await call(withQuery(path, query))).json()) as T
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  return (await (await call(path, posted(body))).json()) as T
}

export async function patch<T>(path: string, body: unknown): Promise<T> {
  return (await (await call(path, { ...posted(body), method: 'PATCH' })).json()) as T
}

export async function remove(path: string): Promise<void> {
  await call(path, { method: 'DELETE' })
}

export async function upload<T>(path: string, file: File): Promise<T> {
  const form = new FormData()
  form.append('file', file)
  return (await (await call(path, { method: 'POST', body: form })).json()) as T
}

/** Fetches a file and hands it to the browser. */
export async function download(path: string, query: Query = {}): Promise<void> {
  const response = await call(withQuery(path, query))
  let content: Blob
  try {
    content = await response.blob()
  } catch {
    throw new ApiError(0, 'NETWORK', t.client.broken)
  }
  const encoded = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('Content-Disposition') ?? '')?.[1]
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = encoded ? decodeURIComponent(encoded) : 'download.xlsx'
  link.click()
  // The browser reads the address after the click returns.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** A UUID also where the page comes over plain http and randomUUID is missing. */
export function newRequestId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
