/**
 * Converts options from TypeScript's names and units to the core's, which applies defaults, bounds and environment variables.
 *
 * @module
 */

import { boolean, knownKeys, number, optionalText, text, textsByText, WrongArgument } from './arguments.js'
import { CLIENT_OPTIONS, type ClientOptions } from './client_options.js'
import type { CallParts, ClientOption, RefreshParts, ValidateParts } from './native/binding.js'

/**
 * What every call may have of its own.
 *
 * @example
 * ```ts
 * const options: CallOptions = { timeoutMs: 2_000, retries: 0, signal: AbortSignal.timeout(5_000) }
 * await client.me(refreshJwt, options)
 * ```
 */
export interface CallOptions {
  /**
   * Aborts the call: it rejects with the signal's `reason`. A call whose response has arrived by then still gives its result.
   * The request of a read is dropped with its connection; a selection or refresh that was sent completes without its callers,
   * and later calls with the same refresh token go on from what it brought. For deadlines take `timeoutMs`: on Node 20 an `AbortSignal.any` of an `AbortSignal.timeout` may
   * never abort (nodejs/node#57736).
   */
  readonly signal?: AbortSignal | undefined
  /** One deadline over everything the call does, in milliseconds. Default: the client's. */
  readonly timeoutMs?: number | undefined
  /** How often the call may be sent again after its first attempt. Default: the client's. */
  readonly retries?: number | undefined
  /** Whether an exchange whose outcome is unknown may be sent again. Default: the client's. */
  readonly retryUnknown?: boolean | undefined
  /**
   * Headers to send with this call besides the client's, such as `x-descope-trusted-device-token` of this user. One of the same
   * name takes the place of the client's. The call rejects with {@link InvalidInputError} for a value that is no header value,
   * and for those of the client itself and of HTTP, such as `Authorization`, `Host` and `Cookie`. Calls with other headers share
   * no request and no response. The fetch of the keys does not have them.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * What a refresh may request besides new tokens.
 *
 * @example
 * ```ts
 * const options: RefreshOptions = { expectTenant: 'globex' }
 * await client.refreshSession(refreshJwt, options)
 * ```
 */
export interface RefreshOptions extends CallOptions {
  /** An external token to exchange together with the refresh token. */
  readonly externalToken?: string | undefined
  /** The tenant that must still be active afterwards; otherwise the call rejects with {@link TenantMismatchError}. */
  readonly expectTenant?: string | undefined
  /**
   * Whether a token that was replaced meanwhile by one for another tenant gives the tokens for that tenant. Otherwise the call
   * rejects with {@link TenantMismatchError}, whose `response` they are. Default false.
   */
  readonly followSwitch?: boolean | undefined
}

/**
 * Which of the user's tenants to list: all by default.
 *
 * @example
 * ```ts
 * const options: MyTenantsOptions = { ids: ['acme', 'globex'] }
 * await client.myTenants(refreshJwt, options)
 * ```
 */
export interface MyTenantsOptions extends CallOptions {
  /** Only those with these ids. */
  readonly ids?: readonly string[] | undefined
  /** Only the active one. Default false. */
  readonly activeOnly?: boolean | undefined
}

/**
 * How to verify a session token.
 *
 * @example
 * ```ts
 * const options: ValidateOptions = { audience: 'billing' }
 * const error = await client.validateSession(sessionJwt, options).catch((error: unknown) => error)
 * console.assert(error instanceof InvalidTokenError) // the token names no audience
 * ```
 */
export interface ValidateOptions extends CallOptions {
  /** The audience that the token must name. Default: the client's; with neither, the project or none. */
  readonly audience?: string | undefined
}

/**
 * How to verify a session token, and when to refresh.
 *
 * @example
 * ```ts
 * const options: ValidateAndRefreshOptions = { refreshBeforeMs: 60_000 }
 * const { session, refreshError } = await client.validateAndRefresh(sessionJwt, refreshJwt, options)
 * console.log(session.expiresAt, refreshError?.code)
 * ```
 */
export interface ValidateAndRefreshOptions extends ValidateOptions {
  /**
   * Whether the refreshed session has to be for the tenant of the session that expired; otherwise the call rejects with
   * {@link TenantMismatchError}, which has the response. Default true. A call without a session token has no tenant to keep.
   */
  readonly keepTenant?: boolean | undefined
  /**
   * How long before its end a session is refreshed, in milliseconds: 0 to 3,600,000. Default 0: not before it is expired. When
   * such an early refresh fails, the call gives the session, which is still valid, and the error as `refreshError`.
   */
  readonly refreshBeforeMs?: number | undefined
}

/** The names of the options that every call has. */
export const CALL_OPTIONS = ['signal', 'timeoutMs', 'retries', 'retryUnknown', 'headers'] as const

/** Client options for the core, and the environment that stands in for those that are not given. */
export function clientOptions(given: ClientOptions): { options: ClientOption[]; environment: Record<string, string> } {
  knownKeys(given, [...Object.keys(CLIENT_OPTIONS), 'environment'])
  const { environment, ...options } = given
  const converted: ClientOption[] = []
  for (const [name, value] of Object.entries(options) as [keyof typeof CLIENT_OPTIONS, unknown][]) {
    if (value === undefined || value === null) continue
    const [core, factor] = CLIENT_OPTIONS[name]
    converted.push({ name: core, value: factor === undefined ? data(name, value) : number(name, value) * factor })
  }
  return { options: converted, environment: variables(environment ?? process.env) }
}

/** The value of an option, which must be data. */
function data(name: string, value: unknown): ClientOption['value'] {
  if (typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'string') return text(name, value)
  return textsByText(name, value, 'a boolean, a number, a string or a plain object, as its type says')
}

/** What is set of an environment. */
function variables(environment: unknown): Record<string, string> {
  if (typeof environment !== 'object' || environment === null) {
    throw new WrongArgument('environment', 'environment must be an object of strings, such as process.env')
  }
  const set: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined) set[name] = text('environment', value)
  }
  return set
}

/** A call's signal, and its settings for the core. */
export function callParts(
  options: CallOptions | undefined,
  more: readonly string[],
): { signal: AbortSignal | undefined; parts: CallParts | undefined } {
  if (options === undefined) return { signal: undefined, parts: undefined }
  knownKeys(options, [...CALL_OPTIONS, ...more])
  const { signal, timeoutMs, retries, retryUnknown, headers } = options
  if (signal !== undefined && signal !== null && !isAbortSignal(signal)) {
    throw new WrongArgument('signal', 'signal must be an AbortSignal')
  }
  const parts: CallParts = {}
  if (timeoutMs !== undefined) parts.timeout = number('timeoutMs', timeoutMs) / 1000
  if (retries !== undefined) parts.retries = number('retries', retries)
  if (retryUnknown !== undefined) parts.retryUnknown = boolean('retryUnknown', retryUnknown)
  if (headers !== undefined) parts.headers = textsByText('headers', headers)
  return { signal: signal ?? undefined, parts: Object.keys(parts).length === 0 ? undefined : parts }
}

/** What a refresh requests, for the core. */
export function refreshParts(options: RefreshOptions | undefined): RefreshParts | undefined {
  if (options === undefined) return undefined
  const parts: RefreshParts = {}
  const externalToken = optionalText('externalToken', options.externalToken)
  const expectTenant = optionalText('expectTenant', options.expectTenant)
  if (externalToken !== undefined) parts.externalToken = externalToken
  if (expectTenant !== undefined) parts.expectTenant = expectTenant
  if (options.followSwitch !== undefined) parts.followSwitch = boolean('followSwitch', options.followSwitch)
  return parts
}

/** How a session token is verified and refreshed, for the core. */
export function validateParts(options: ValidateAndRefreshOptions | undefined): ValidateParts | undefined {
  if (options === undefined) return undefined
  const { keepTenant, refreshBeforeMs } = options
  const parts: ValidateParts = {}
  if (keepTenant !== undefined) parts.keepTenant = boolean('keepTenant', keepTenant)
  if (refreshBeforeMs !== undefined) parts.refreshBefore = number('refreshBeforeMs', refreshBeforeMs) / 1000
  const audience = optionalText('audience', options.audience)
  if (audience !== undefined) parts.audience = audience
  return parts
}

/** By its shape: test environments bring signals of their own. */
function isAbortSignal(value: unknown): boolean {
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>
  return [typeof aborted, typeof addEventListener, typeof removeEventListener].join() === 'boolean,function,function'
}
