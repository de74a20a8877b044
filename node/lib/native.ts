/**
 * The native addon: what it exports. Private to this package; the names and types here are held
 * against the addon itself by a test.
 *
 * @module
 */

import { loadAddon } from './addon.js'

/** What every call into the core comes back as. */
export interface Settled {
  /** `cancelled` comes only from a call whose handle was cancelled. */
  readonly state: 'done' | 'failed' | 'cancelled'
  /** The result or the error, as JSON. */
  readonly json: string
  /** The core's value behind the result. */
  readonly handle?: ResultHandle | null
}

/** The core's value behind a result, for the questions that only the core answers. */
export interface ResultHandle {
  setCookieHeaders(options: CookieParts | undefined): Settled
  hasRoles(tenantId: string | undefined, names: readonly string[]): boolean
  hasPermissions(tenantId: string | undefined, names: readonly string[]): boolean
  matchedRoles(tenantId: string | undefined, names: readonly string[]): string[]
  matchedPermissions(tenantId: string | undefined, names: readonly string[]): string[]
}

/** Cookie attributes by the core's names. */
export interface CookieParts {
  secure?: boolean
  httpOnly?: boolean
  sameSite?: string
  domain?: string
  path?: string
}

/** A client option by the core's name, durations in seconds. */
export interface ClientOption {
  name: string
  value: boolean | number | string | Record<string, string>
}

/** What one call has of its own, durations in seconds. */
export interface CallParts {
  timeout?: number
  retries?: number
  replay?: string
  onRetry?: (retried: Retried) => void
}

/** A retry, as the core tells of it. */
export interface Retried {
  readonly attempts: number
  /** Seconds. */
  readonly wait: number
  readonly outcome: string
  readonly status?: number | null
  readonly requestId?: string | null
}

/** One call: cancels it, and tells how it was answered. */
export interface CallHandle {
  cancel(): void
  /** The answer by which the call succeeded; nothing when it sent nothing itself. */
  readonly answered?: Answered | null
}

/** How a call was answered. */
export interface Answered {
  readonly status: number
  readonly requestId?: string | null
  readonly attempts: number
}

type Handle = CallHandle | undefined
type Parts = CallParts | undefined

/** The core's client. */
export interface NativeClient {
  readonly projectId: string
  readonly baseUrl: string
  readonly closed: boolean
  close(): void
  selectTenant(handle: Handle, parts: Parts, tenantId: string, refreshJwt: string): Promise<Settled>
  refreshSession(
    handle: Handle,
    parts: Parts,
    refreshJwt: string,
    externalToken: string | undefined,
    expectTenant: string | undefined,
  ): Promise<Settled>
  me(handle: Handle, parts: Parts, refreshJwt: string): Promise<Settled>
  myTenants(
    handle: Handle,
    parts: Parts,
    refreshJwt: string,
    ids: readonly string[] | undefined,
    activeOnly: boolean,
  ): Promise<Settled>
  history(handle: Handle, parts: Parts, refreshJwt: string): Promise<Settled>
  logout(handle: Handle, parts: Parts, refreshJwt: string): Promise<Settled>
  logoutAll(handle: Handle, parts: Parts, refreshJwt: string): Promise<Settled>
  validateSessionCached(sessionJwt: string, audience: string | undefined): Settled | null
  validateSession(handle: Handle, parts: Parts, sessionJwt: string, audience: string | undefined): Promise<Settled>
  validateAndRefresh(handle: Handle, parts: Parts, sessionJwt: string | undefined, refreshJwt: string): Promise<Settled>
  tokensFromRequest(
    cookieHeader: string | undefined,
    authorization: string | undefined,
  ): { sessionJwt?: string | null; refreshJwt?: string | null }
}

/** Everything the addon exports. */
export interface Native {
  version(): string
  errorCodes(): string[]
  outcomes(): string[]
  createClient(
    options: readonly ClientOption[],
    environment: Readonly<Record<string, string>>,
    nodeVersion: string,
  ): { readonly client?: NativeClient | null; readonly failed?: Settled | null }
  readonly CallHandle: new () => CallHandle
}

/** The addon of this process. */
export const native: Native = loadAddon()
