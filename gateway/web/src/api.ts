import { ref } from 'vue'
import type { Tokens, User, Violation } from './types'

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

const storageKey = 'baoxue.session'

function restore(): Tokens | null {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey) ?? 'null') as Tokens | null
  } catch {
    return null
  }
}

let tokens: Tokens | null = restore()

/** Who is logged in; null shows the login form. */
export const user = ref<User | null>(tokens?.user ?? null)
/** Why the login form is shown again. */
export const farewell = ref('')

function keep(next: Tokens | null): void {
  tokens = next
  user.value = next?.user ?? null
  if (next) sessionStorage.setItem(storageKey, JSON.stringify(next))
  else sessionStorage.removeItem(storageKey)
}

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
    failure.message || `服务器没有正常应答（${response.status}）`,
    failure.fieldViolations ?? [],
    failure.requestId ?? response.headers.get('X-Request-Id') ?? '',
  )
}

async function send(path: string, init: RequestInit, token?: string): Promise<Response> {
  const headers = new Headers(init.headers)
  if (token) headers.set('Authorization', `Bearer ${token}`)
  try {
    return await fetch(path, { ...init, headers })
  } catch {
    throw new ApiError(0, 'NETWORK', '无法连接服务器，请检查网络后重试')
  }
}

function posted(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

export async function login(username: string, password: string, totpCode: string): Promise<void> {
  const response = await send('/v1/auth:login', posted({ username, password, totpCode }))
  if (!response.ok) throw await refusal(response)
  farewell.value = ''
  keep((await response.json()) as Tokens)
}

export async function logout(): Promise<void> {
  const refreshToken = tokens?.refreshToken
  keep(null)
  // Whoever logs out is out, whatever the server says.
  if (refreshToken) await send('/v1/auth:logout', posted({ refreshToken })).catch(() => undefined)
}

let refreshing: Promise<void> | null = null

// A refresh token works once: requests that fail together share one refresh.
function refresh(): Promise<void> {
  refreshing ??= (async () => {
    const response = await send('/v1/auth:refresh', posted({ refreshToken: tokens?.refreshToken ?? '' }))
    if (!response.ok) throw await refusal(response)
    keep((await response.json()) as Tokens)
  })().finally(() => {
    refreshing = null
  })
  return refreshing
}

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const used = tokens?.accessToken
  let response = await send(path, init, used)
  if (response.status === 401) {
    try {
      if (tokens && tokens.accessToken === used) await refresh()
      response = await send(path, init, tokens?.accessToken)
    } catch (e) {
      if (!(e instanceof ApiError) || e.status !== 401) throw e
    }
    if (response.status === 401) {
      const refused = await refusal(response)
      farewell.value = '登录已过期，请重新登录'
      keep(null)
      throw refused
    }
  }
  if (!response.ok) throw await refusal(response)
  return response
}

/** Changes the password; the login goes on with new tokens, all others end. */
export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  keep(await post<Tokens>('/v1/auth:changePassword', { currentPassword, newPassword }))
}

type Query = Record<string, string | number | undefined>

export function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') params.set(key, String(value))
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

export async function upload<T>(path: string, file: File): Promise<T> {
  const form = new FormData()
  form.append('file', file)
  return (await (await call(path, { method: 'POST', body: form })).json()) as T
}

/** Fetches a file with the caller's token and hands it to the browser. */
export async function download(path: string, query: Query = {}): Promise<void> {
  const response = await call(withQuery(path, query))
  let content: Blob
  try {
    content = await response.blob()
  } catch {
    throw new ApiError(0, 'NETWORK', '下载中断，文件不完整，请重试')
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
