/**
 * One tree of errors, the same in every language of this project: what went wrong is the class and its `code`, whether the
 * service may have acted is the `outcome`.
 *
 * @module
 */

import type { JWTResponse } from './response.js'

/**
 * May the service have acted on the call that failed?
 *
 * - `not_sent`: nothing left this process, or nothing that the service could have read
 * - `not_processed`: the request arrived somewhere, and provably was not acted upon
 * - `rejected`: the service looked at the request and refused it
 * - `unknown`: the service may or may not have acted
 * - `applied`: the service acted; something after that failed
 *
 * @example
 * ```ts
 * const mayHaveSwitched = (outcome: Outcome) => outcome === 'unknown' || outcome === 'applied'
 * ```
 */
export type Outcome = 'not_sent' | 'not_processed' | 'rejected' | 'unknown' | 'applied'

/**
 * What an error knows besides its message.
 *
 * @example
 * ```ts
 * const details: ErrorDetails = { status: 404, outcome: 'rejected' }
 * const error = new NotFoundError('no such tenant', details) // for the test of an application
 * ```
 */
export interface ErrorDetails {
  /** May the service have acted? Default `unknown`. */
  readonly outcome?: Outcome | undefined
  /** Whether the same call may be repeated. Default false. */
  readonly retryable?: boolean | undefined
  /** How many requests were sent for the call. Default 0. */
  readonly attempts?: number | undefined
  /** The argument or option that was refused. */
  readonly argument?: string | undefined
  /** Where in the JSON body the trouble is. */
  readonly path?: string | undefined
  /** The HTTP status. */
  readonly status?: number | undefined
  /** The service's own code. */
  readonly errorCode?: string | undefined
  /** The service's description. */
  readonly errorDescription?: string | undefined
  /** The service's message. */
  readonly errorMessage?: string | undefined
  /** How many seconds the service asks to wait. */
  readonly retryAfter?: number | undefined
  /** The id under which the service knows the request. */
  readonly requestId?: string | undefined
  /** The response of an exchange that the service applied. */
  readonly response?: JWTResponse | undefined
  /** What caused it. */
  readonly cause?: unknown
}

/**
 * The `code` of every error of this package.
 *
 * @example
 * ```ts
 * const codes: readonly ErrorCode[] = ['CONNECTION', 'TIMEOUT', 'RATE_LIMITED', 'SERVER']
 * ```
 */
export type ErrorCode = keyof typeof CLASSES

/**
 * The root of all errors of this package. Decide by `code`, `outcome` and `retryable`; the message is for people and not
 * part of the API. Neither the message nor anything printed holds a token.
 *
 * `instanceof` is right as long as one copy of the package is loaded; `code` is right always.
 *
 * @example
 * ```ts
 * try {
 *   await client.selectTenant('acme', refreshJwt)
 * } catch (error) {
 *   if (!(error instanceof TenantSelectError)) throw error
 *   console.error(error.code, error.outcome, error.retryable, error.requestId)
 * }
 * ```
 */
export class TenantSelectError extends Error {
  /** What went wrong: stable, upper-case, the same in every language. */
  declare readonly code: ErrorCode
  /** May the service have acted? */
  readonly outcome: Outcome
  /** Whether the same call may be repeated: the cause can pass, and repeating cannot do anything twice. */
  readonly retryable: boolean
  /** How many requests were sent for the call; 0 when none left this process. */
  readonly attempts: number
  /** The argument or option that was refused, as it is spelled in TypeScript. */
  declare readonly argument?: string
  /** Where in the JSON body the trouble is, such as `user.createdTime`. */
  declare readonly path?: string
  /** The HTTP status, when an answer arrived. */
  declare readonly status?: number
  /** The service's own code, such as `E011003`, verbatim. */
  declare readonly errorCode?: string
  /** The service's `errorDescription`. */
  declare readonly errorDescription?: string
  /** The service's `errorMessage`. */
  declare readonly errorMessage?: string
  /** How many seconds the service asks to wait (`Retry-After`, RFC 9110 §10.2.3). */
  declare readonly retryAfter?: number
  /** The id under which the service knows the request (`x-request-id`, else `cf-ray`). */
  declare readonly requestId?: string
  /**
   * The response of an exchange that the service applied before something else failed, so that no token is lost. Not
   * enumerable, so that it stays out of logs.
   */
  declare readonly response?: JWTResponse

  /**
   * @param message - one sentence for people
   * @param details - what else is known
   */
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    // Own, because loggers copy the own properties of errors.
    if (this.code !== undefined) set(this, 'code', this.code, true)
    this.outcome = details.outcome ?? 'unknown'
    this.retryable = details.retryable ?? false
    this.attempts = details.attempts ?? 0
    for (const name of OPTIONAL) {
      const value = details[name]
      if (value !== undefined) set(this, name, value, true)
    }
    if (details.response !== undefined) set(this, 'response', details.response, false)
  }

  /** Everything but the stack, the cause and the response. Called by `JSON.stringify`. */
  toJSON(): object {
    return Object.assign({ name: this.name, message: this.message }, this)
  }
}

const OPTIONAL = [
  'argument',
  'path',
  'status',
  'errorCode',
  'errorDescription',
  'errorMessage',
  'retryAfter',
  'requestId',
] as const satisfies readonly (keyof ErrorDetails)[]

/** Sets a property of an error. */
export function set(target: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, name, { value, enumerable, writable: true, configurable: true })
}

/**
 * An argument or option was refused before anything was sent; `argument` names it.
 *
 * @example
 * ```ts
 * const error = await client.selectTenant('', refreshJwt).catch((error: unknown) => error)
 * console.assert(error instanceof InvalidInputError && error.argument === 'tenantId')
 * ```
 */
export class InvalidInputError extends TenantSelectError {
  declare readonly code: 'INVALID_INPUT'
  declare readonly argument: string
}

/**
 * The client was used after `close`.
 *
 * @example
 * ```ts
 * const closed = new Client()
 * closed.close()
 * const error = await closed.me(refreshJwt).catch((error: unknown) => error)
 * console.assert(error instanceof ClientClosedError)
 * ```
 */
export class ClientClosedError extends TenantSelectError {
  declare readonly code: 'CLIENT_CLOSED'
}

/**
 * No complete answer arrived: DNS, connect, TLS, reset, or half a body.
 *
 * @example
 * ```ts
 * const lost = new Client({ baseUrl: 'http://127.0.0.1:9', retries: 0 })
 * const error = await lost.me(refreshJwt).catch((error: unknown) => error)
 * console.assert(error instanceof APIConnectionError && error.outcome === 'not_sent')
 * ```
 */
export class APIConnectionError extends TenantSelectError {
  declare readonly code: 'CONNECTION' | 'TIMEOUT'
}

/**
 * The deadline of the call passed.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt, { timeoutMs: 0.001 }).catch((error: unknown) => error)
 * console.assert(error instanceof APITimeoutError && error instanceof APIConnectionError)
 * ```
 */
export class APITimeoutError extends APIConnectionError {
  declare readonly code: 'TIMEOUT'
}

/**
 * A 2xx answer that is not what the API promises; `path` says where.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * if (error instanceof InvalidResponseError) console.error(`unexpected answer at ${error.path}`)
 * ```
 */
export class InvalidResponseError extends TenantSelectError {
  declare readonly code: 'INVALID_RESPONSE'
}

/**
 * The service said no.
 *
 * @example
 * ```ts
 * const error = await client.me('eyJhbGciOiJSUzI1NiJ9.e30.c2ln').catch((error: unknown) => error)
 * if (error instanceof APIStatusError) console.log(error.status, error.errorCode, error.errorDescription)
 * ```
 */
export class APIStatusError extends TenantSelectError {
  declare readonly code: 'API' | 'AUTHENTICATION' | 'PERMISSION_DENIED' | 'NOT_FOUND' | 'RATE_LIMITED' | 'SERVER'
}

/**
 * 401: the token is expired, revoked or not for this project.
 *
 * @example
 * ```ts
 * await client.logout(refreshJwt)
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * console.assert(error instanceof AuthenticationError && error.status === 401)
 * ```
 */
export class AuthenticationError extends APIStatusError {
  declare readonly code: 'AUTHENTICATION'
}

/**
 * 403.
 *
 * @example
 * ```ts
 * const error = await client.selectTenant('not-my-tenant', refreshJwt).catch((error: unknown) => error)
 * console.assert(error instanceof PermissionDeniedError && error.outcome === 'rejected')
 * ```
 */
export class PermissionDeniedError extends APIStatusError {
  declare readonly code: 'PERMISSION_DENIED'
}

/**
 * 404.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * if (error instanceof NotFoundError) console.error(error.requestId)
 * ```
 */
export class NotFoundError extends APIStatusError {
  declare readonly code: 'NOT_FOUND'
}

/**
 * 429, or this client still waits out an earlier 429; `retryAfter` says how long.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * if (error instanceof RateLimitError) console.log(`again in ${error.retryAfter} s`)
 * ```
 */
export class RateLimitError extends APIStatusError {
  declare readonly code: 'RATE_LIMITED'
}

/**
 * 5xx.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * if (error instanceof InternalServerError && error.retryable) console.log('try again later')
 * ```
 */
export class InternalServerError extends APIStatusError {
  declare readonly code: 'SERVER'
}

/**
 * A token failed local verification: treat the caller as signed out.
 *
 * @example
 * ```ts
 * const error = await client.validateSession('not.a.token').catch((error: unknown) => error)
 * console.assert(error instanceof InvalidTokenError && error.code === 'INVALID_TOKEN')
 * ```
 */
export class InvalidTokenError extends TenantSelectError {
  declare readonly code: 'INVALID_TOKEN' | 'TOKEN_EXPIRED'
}

/**
 * A token is good in every respect but its `exp`.
 *
 * @example
 * ```ts
 * const error = await client.validateSession(sessionJwt).catch((error: unknown) => error)
 * if (error instanceof TokenExpiredError) await client.refreshSession(refreshJwt)
 * ```
 */
export class TokenExpiredError extends InvalidTokenError {
  declare readonly code: 'TOKEN_EXPIRED'
}

/**
 * The project's keys are out of reach and nothing usable is cached.
 *
 * @example
 * ```ts
 * const offline = new Client({ baseUrl: 'http://127.0.0.1:9', retries: 0 })
 * const error = await offline.validateSession(sessionJwt).catch((error: unknown) => error)
 * console.assert(error instanceof KeysUnavailableError)
 * ```
 */
export class KeysUnavailableError extends TenantSelectError {
  declare readonly code: 'KEYS_UNAVAILABLE'
}

/**
 * The token returned is not for the tenant that was asked for; `response` holds what came.
 *
 * @example
 * ```ts
 * const error = await client.refreshSession(refreshJwt, { expectTenant: 'acme' }).catch((error: unknown) => error)
 * console.assert(error instanceof TenantMismatchError && error.response !== undefined)
 * ```
 */
export class TenantMismatchError extends TenantSelectError {
  declare readonly code: 'TENANT_MISMATCH'
}

/**
 * The token returned is not for the user whose token was presented; `response` holds what came.
 *
 * @example
 * ```ts
 * const error = await client.selectTenant('acme', refreshJwt).catch((error: unknown) => error)
 * if (error instanceof UserMismatchError) console.error('tokens of another user', error.requestId)
 * ```
 */
export class UserMismatchError extends TenantSelectError {
  declare readonly code: 'USER_MISMATCH'
}

/**
 * A cookie would exceed the 4,096 bytes that browsers keep.
 *
 * @example
 * ```ts
 * const response = await client.selectTenant('acme', refreshJwt)
 * try {
 *   response.setCookieHeaders()
 * } catch (error) {
 *   if (!(error instanceof CookieTooLargeError)) throw error
 *   console.error('shorten the token with a JWT template')
 * }
 * ```
 */
export class CookieTooLargeError extends TenantSelectError {
  declare readonly code: 'COOKIE_TOO_LARGE'
}

/**
 * A fault of this library: please report it.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * if (error instanceof InternalError) console.error('please report', error.cause)
 * ```
 */
export class InternalError extends TenantSelectError {
  declare readonly code: 'INTERNAL'
}

/** Code to class: the only place where the two meet. A test holds it against the core's list of kinds. */
export const CLASSES = {
  INVALID_INPUT: InvalidInputError,
  CLIENT_CLOSED: ClientClosedError,
  CONNECTION: APIConnectionError,
  TIMEOUT: APITimeoutError,
  INVALID_RESPONSE: InvalidResponseError,
  AUTHENTICATION: AuthenticationError,
  PERMISSION_DENIED: PermissionDeniedError,
  NOT_FOUND: NotFoundError,
  RATE_LIMITED: RateLimitError,
  SERVER: InternalServerError,
  API: APIStatusError,
  INVALID_TOKEN: InvalidTokenError,
  TOKEN_EXPIRED: TokenExpiredError,
  KEYS_UNAVAILABLE: KeysUnavailableError,
  TENANT_MISMATCH: TenantMismatchError,
  USER_MISMATCH: UserMismatchError,
  COOKIE_TOO_LARGE: CookieTooLargeError,
  INTERNAL: InternalError,
} as const

// On the prototypes, so that instances carry data alone.
for (const [code, type] of Object.entries(CLASSES)) {
  set(type.prototype, 'name', type.name, false)
  set(type.prototype, 'code', code, false)
}
set(TenantSelectError.prototype, 'name', 'TenantSelectError', false)

/**
 * Any error of this package, told apart by `code`.
 *
 * @example
 * ```ts
 * const advice = (error: AnyTenantSelectError) =>
 *   error.code === 'RATE_LIMITED' ? `wait ${error.retryAfter} s` : error.message
 * ```
 */
export type AnyTenantSelectError = InstanceType<(typeof CLASSES)[ErrorCode]>

/**
 * Whether a caught value is an error of this package, of this or any other copy of it, so that `code` tells which.
 *
 * @example
 * ```ts
 * try {
 *   await client.selectTenant('acme', refreshJwt)
 * } catch (error) {
 *   if (!isTenantSelectError(error)) throw error
 *   switch (error.code) {
 *     case 'RATE_LIMITED':
 *       console.log(`again in ${error.retryAfter} s`)
 *       break
 *     case 'TENANT_MISMATCH':
 *       console.log('another request switched the tenant at the same time')
 *       break
 *     default:
 *       console.log(error.outcome)
 *   }
 * }
 * ```
 */
export function isTenantSelectError(error: unknown): error is AnyTenantSelectError {
  if (!(error instanceof Error)) return false
  const { code, outcome } = error as Partial<TenantSelectError>
  return typeof code === 'string' && Object.hasOwn(CLASSES, code) && typeof outcome === 'string'
}
