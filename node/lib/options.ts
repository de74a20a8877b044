/**
 * Converts options from TypeScript's names and units to the core's. The core applies defaults, bounds and environment
 * variables; here they are only documented.
 *
 * @module
 */

import { boolean, knownKeys, number, text } from './arguments.js'
import { wrongType } from './errors/from_native.js'
import type { CallParts, ClientOption } from './native/binding.js'

/**
 * The options of a {@link Client}. Those with a default or an environment variable may be left out; an option given here
 * wins over the variable.
 *
 * @example
 * ```ts
 * const patient = new Client({ timeoutMs: 30_000, retries: 5, headers: { 'x-team': 'billing' } })
 * ```
 */
export interface ClientOptions {
  /** The project, such as `P2abcdefghijklmnopqrstuvwxyz`. Required here or as `DESCOPE_PROJECT_ID`. */
  readonly projectId?: string | undefined
  /**
   * Where the API is; a path prefix is kept. Default: the region that the project id names, else
   * `https://api.descope.com`. `DESCOPE_BASE_URI` or `DESCOPE_BASE_URL`.
   */
  readonly baseUrl?: string | undefined
  /**
   * The key that a project without public access to its authentication methods requires.
   * `DESCOPE_AUTH_MANAGEMENT_KEY`.
   */
  readonly authManagementKey?: string | undefined
  /** A JWK or a JWK set, as JSON, to verify with instead of fetching keys: works offline. `DESCOPE_PUBLIC_KEY`. */
  readonly publicKey?: string | undefined
  /**
   * One deadline over everything a call does (DNS, connect, TLS, all attempts and bodies), in milliseconds. Above 0, an
   * hour at most; default 10,000. `TENANT_SELECT_TIMEOUT` (seconds).
   */
  readonly timeoutMs?: number | undefined
  /**
   * How long one attempt may take to connect, TLS included, in milliseconds. Above 0, an hour at most; default 3,000.
   * `TENANT_SELECT_CONNECT_TIMEOUT` (seconds).
   */
  readonly connectTimeoutMs?: number | undefined
  /** How often a call may be sent again after its first attempt. 0 to 10; default 2. `TENANT_SELECT_RETRIES`. */
  readonly retries?: number | undefined
  /**
   * Whether an exchange whose outcome is unknown may be sent again: for projects that do not rotate refresh tokens. Default
   * false. `TENANT_SELECT_RETRY_UNKNOWN`.
   */
  readonly retryUnknown?: boolean | undefined
  /**
   * How far clocks may disagree when `exp` and `nbf` are checked, in whole seconds. 0 to 300; default 5.
   * `TENANT_SELECT_LEEWAY`.
   */
  readonly leewaySeconds?: number | undefined
  /** The audience that `validateSession` requires when the call names none. `TENANT_SELECT_AUDIENCE`. */
  readonly audience?: string | undefined
  /** Whether the tokens that an exchange returns are verified, and compared with the request. Default true. `TENANT_SELECT_VERIFY`. */
  readonly verify?: boolean | undefined
  /**
   * The longest session token that `validateSession` looks at, in bytes. 1,024 to 65,536; default 16,384.
   * `TENANT_SELECT_MAX_TOKEN_BYTES`.
   */
  readonly maxTokenBytes?: number | undefined
  /** The project's name for the session cookie. Default `DS`. `TENANT_SELECT_SESSION_COOKIE_NAME`. */
  readonly sessionCookieName?: string | undefined
  /**
   * The project's name for the refresh cookie, another than that of the session cookie. Default `DSR`.
   * `TENANT_SELECT_REFRESH_COOKIE_NAME`.
   */
  readonly refreshCookieName?: string | undefined
  /**
   * Headers to send with every request; `Authorization`, `Host` and `Cookie` are refused. `TENANT_SELECT_HEADERS` (a JSON
   * object).
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * A proxy for every request: `http://`, `https://`, `socks5h://`, `socks5://`, `socks4a://` or `socks4://`. Default: the
   * usual variables, which never apply to loopback. `TENANT_SELECT_PROXY`.
   */
  readonly proxy?: string | undefined
  /**
   * A PEM file of certificates to trust besides the platform's, read and checked when the client is made. Default:
   * `REQUESTS_CA_BUNDLE` (a file or a directory) and `NODE_EXTRA_CA_CERTS`. `TENANT_SELECT_CA_FILE`.
   *
   * `SSL_CERT_FILE` and `SSL_CERT_DIR` take the place of the platform's certificates, as in OpenSSL; on Windows and macOS
   * they add to them.
   */
  readonly caFile?: string | undefined
  /**
   * Whether `http://` to a host that is not loopback (`localhost`, `127.0.0.1`, `[::1]`) is allowed. Default false: tokens
   * would travel unprotected. Has no variable.
   */
  readonly allowHttp?: boolean | undefined
  /** What the client calls itself in `x-descope-sdk-name`. `TENANT_SELECT_SDK_NAME`. */
  readonly sdkName?: string | undefined
  /**
   * Where the variables are read, once and when the client is made. Default `process.env`; `{}` reads none. Nothing else of
   * the process's environment is read.
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

/** TypeScript name to the core's, with the factor between the units where they differ. */
const CLIENT_OPTIONS: {
  readonly [Name in keyof Required<Omit<ClientOptions, 'environment'>>]: readonly [core: string, factor?: number]
} = {
  projectId: ['project_id'],
  baseUrl: ['base_url'],
  authManagementKey: ['auth_management_key'],
  publicKey: ['public_key'],
  timeoutMs: ['timeout', 1 / 1000],
  connectTimeoutMs: ['connect_timeout', 1 / 1000],
  retries: ['retries'],
  retryUnknown: ['retry_unknown'],
  leewaySeconds: ['leeway'],
  audience: ['audience'],
  verify: ['verify'],
  maxTokenBytes: ['max_token_bytes'],
  sessionCookieName: ['session_cookie_name'],
  refreshCookieName: ['refresh_cookie_name'],
  headers: ['headers'],
  proxy: ['proxy'],
  caFile: ['ca_file'],
  allowHttp: ['allow_http'],
  sdkName: ['sdk_name'],
}

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
   * Aborts the call: it rejects with the signal's `reason`, and its connection is dropped. A call whose response has
   * arrived by then still gives its result. For deadlines take `timeoutMs`: on Node 20 an `AbortSignal.any` of an `AbortSignal.timeout` may
   * never abort (nodejs/node#57736).
   */
  readonly signal?: AbortSignal | undefined
  /** One deadline over everything the call does, in milliseconds. Default: the client's. */
  readonly timeoutMs?: number | undefined
  /** How often the call may be sent again after its first attempt. Default: the client's. */
  readonly retries?: number | undefined
  /** Whether an exchange whose outcome is unknown may be sent again. Default: the client's. */
  readonly retryUnknown?: boolean | undefined
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

/** The names of the options that every call has. */
export const CALL_OPTIONS = ['signal', 'timeoutMs', 'retries', 'retryUnknown'] as const

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
  // A `Map` or `Headers` has no properties to read, so it would pass for an empty object.
  const prototype = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined
  if (prototype !== Object.prototype && prototype !== null) {
    throw wrongType(name, `${name} must be a boolean, a number, a string or a plain object, as its type says`)
  }
  return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, text(name, item)]))
}

/** What is set of an environment. */
function variables(environment: unknown): Record<string, string> {
  if (typeof environment !== 'object' || environment === null) {
    throw wrongType('environment', 'environment must be an object of strings, such as process.env')
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
  const { signal, timeoutMs, retries, retryUnknown } = options
  if (signal !== undefined && signal !== null && !isAbortSignal(signal)) {
    throw wrongType('signal', 'signal must be an AbortSignal')
  }
  const parts: CallParts = {}
  if (timeoutMs !== undefined) parts.timeout = number('timeoutMs', timeoutMs) / 1000
  if (retries !== undefined) parts.retries = number('retries', retries)
  if (retryUnknown !== undefined) parts.retryUnknown = boolean('retryUnknown', retryUnknown)
  return { signal: signal ?? undefined, parts: Object.keys(parts).length === 0 ? undefined : parts }
}

/** By its shape: test environments bring signals of their own. */
function isAbortSignal(value: unknown): boolean {
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>
  return [typeof aborted, typeof addEventListener, typeof removeEventListener].join() === 'boolean,function,function'
}
