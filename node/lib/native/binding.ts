/**
 * What the native addon exports. Private to this package. Generated from the Rust sources by `generate.mjs`: do not edit.
 *
 * @module
 */

/** The core's request authenticator. */
export declare class NativeAuthenticator {
  private constructor()
  /**
   * Decides about a request without a call: returns the text of the result, or why there is none; nothing when it takes a
   * call.
   */
  authenticateCached(
    method: string,
    url: string,
    headers: string,
    websocket: boolean,
    requirement?: RequirementParts | undefined | null,
  ): string | CallResult | null
  /** Decides about a request. */
  authenticate(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    method: string,
    url: string,
    headers: string,
    websocket: boolean,
    requirement?: RequirementParts | undefined | null,
  ): Promise<string | CallResult>
  /** Makes a tenant the active one, with the refresh token of the request. */
  switch(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    method: string,
    url: string,
    headers: string,
    websocket: boolean,
    tenantId: string,
  ): Promise<string | CallResult>
  /** Signs out of the session of the request. */
  signOut(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    method: string,
    url: string,
    headers: string,
    websocket: boolean,
  ): Promise<string | CallResult>
}

/** One option of an authenticator by the core's name. */
export interface AuthenticatorOption {
  /** The core's name for the option. */
  name: string
  /** Its value, durations in seconds. */
  value: boolean | number | string | readonly string[]
}

/** An authenticator, or why there is none. */
export interface CreatedAuthenticator {
  /** The authenticator. */
  authenticator?: NativeAuthenticator
  /** The error. */
  failed?: CallResult
}

/** Makes an authenticator of a client. */
export declare function createAuthenticator(
  client: NativeClient,
  options: readonly AuthenticatorOption[],
  cookies?: CookieParts | undefined | null,
): CreatedAuthenticator

/** The core's client. */
export declare class NativeClient {
  private constructor()
  /** Makes a tenant the active one. */
  selectTenant(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    tenantId: string,
    refreshJwt: string,
  ): Promise<string | CallResult>
  /** Exchanges a refresh token for new tokens. */
  refreshSession(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    refreshJwt: string,
    refresh?: RefreshParts | undefined | null,
  ): Promise<string | CallResult>
  /** The user's profile. */
  me(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    refreshJwt: string,
  ): Promise<string | CallResult>
  /** The user's tenants. */
  myTenants(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    refreshJwt: string,
    ids: readonly string[] | undefined,
    activeOnly: boolean,
  ): Promise<string | CallResult>
  /** Where and when the user signed in. */
  history(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    refreshJwt: string,
  ): Promise<string | CallResult>
  /** Signs out of this session. */
  logout(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    refreshJwt: string,
  ): Promise<string | CallResult>
  /** Signs out of every session. */
  logoutAll(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    refreshJwt: string,
  ): Promise<string | CallResult>
  /**
   * Verifies a session token with the cached keys: returns the text of the session, or how the verification failed; nothing
   * when keys have to be fetched first.
   */
  validateSessionCached(sessionJwt: string, audience?: string | undefined | null): string | CallResult | null
  /**
   * The number of a session token's entry in the core's cache, when a verification would succeed too: another one for each
   * token and each time that it enters the cache. Exact as a number in JavaScript, because it counts entries.
   */
  sessionInCache(sessionJwt: string, audience?: string | undefined | null): number | null
  /** Verifies a session token, fetching keys when needed. */
  validateSession(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    sessionJwt: string,
    audience?: string | undefined | null,
  ): Promise<string | CallResult>
  /** Verifies a session token, and refreshes when it is missing, empty or expired. */
  validateAndRefresh(
    call: number | undefined | null,
    parts: CallParts | undefined | null,
    sessionJwt: string | undefined | null,
    refreshJwt: string,
    validate?: ValidateParts | undefined | null,
  ): Promise<string | CallResult>
  /** The client's counters, as JSON. */
  diagnostics(): string
  /** Takes the tokens out of an incoming request. */
  tokensFromRequest(cookieHeader?: string | undefined | null, authorization?: string | undefined | null): RequestTokens
  /** How many tokens the core's cache of verified session tokens holds at most. */
  get sessionCache(): number
  /** The project. */
  get projectId(): string
  /** Where the API is. */
  get baseUrl(): string
  /** Closes the client. */
  close(): void
  /** Whether the client was closed. */
  get closed(): boolean
}

/** A client, or why there is none. */
export interface Created {
  /** The client. */
  client?: NativeClient
  /** The error. */
  failed?: CallResult
}

/** Makes a client of the options, the process's environment and the version of Node. */
export declare function createClient(
  options: readonly ClientOption[],
  environment: Readonly<Record<string, string>>,
  nodeVersion: string,
): Created

/** The error of an argument that does not have the type of its signature, in a call of `method`; `what` is the message. */
export declare function wrongArgument(method: string, argument: string, what: string): CallResult

/** The error of a method that failed with something other than an error of the core. */
export declare function bindingFailed(method: string, outcome: string): CallResult

/** What a request needs of the user. */
export interface RequirementParts {
  /** The tenant that must be active. */
  tenant?: string
  /** Roles, all of them. */
  roles?: Array<string>
  /** Permissions, all of them. */
  permissions?: Array<string>
  /** Roles, at least one of them. */
  anyRole?: Array<string>
  /** Permissions, at least one of them. */
  anyPermission?: Array<string>
  /** Whether there must be a session. */
  required?: boolean
  /** Whether the user must have stepped up. */
  stepUp?: boolean
}

/** One client option by the core's name. */
export interface ClientOption {
  /** The core's name for the option. */
  name: string
  /** Its value, durations in seconds. */
  value: boolean | number | string | Record<string, string>
}

/** What one call may have of its own. */
export interface CallParts {
  /** Seconds. */
  timeout?: number
  /** How often to try again. */
  retries?: number
  /** When to try again. */
  retryUnknown?: boolean
  /** Headers besides the client's. */
  headers?: Record<string, string>
  /** Called at every retry. */
  onRetry?: (retry: RetryEvent) => void
}

/** A retry, as the facade publishes it. */
export interface RetryEvent {
  /** How many attempts were made so far. */
  attempts: number
  /** Seconds until the next one. */
  wait: number
  /** What the last attempt may have done. */
  outcome: string
  /** The HTTP status of the last attempt. */
  status?: number
  /** The id under which the service knows the last attempt. */
  requestId?: string
}

/** What one `refresh_session` may have of its own. */
export interface RefreshParts {
  /** The external token. */
  externalToken?: string
  /** The tenant that must be active. */
  expectTenant?: string
  /** Whether a switch made meanwhile is followed. */
  followSwitch?: boolean
}

/** What one `validate_and_refresh` may have of its own. */
export interface ValidateParts {
  /** Whether the tenant must stay. */
  keepTenant?: boolean
  /** Seconds. */
  refreshBefore?: number
  /** The audience. */
  audience?: string
}

/** What a response's `Set-Cookie` values may have of their own. */
export interface CookieParts {
  /** `Secure`. */
  secure?: boolean
  /** `HttpOnly`. */
  httpOnly?: boolean
  /** `SameSite`. */
  sameSite?: string
  /** `Domain`. */
  domain?: string
  /** `Path`. */
  path?: string
  /** `Partitioned`. */
  partitioned?: boolean
  /** What the session cookie has of its own. */
  session?: CookieAttributeParts
  /** What the refresh cookie has of its own. */
  refresh?: CookieAttributeParts
  /** Where old cookies are cleared. */
  clearScopes?: Array<CookieScopeParts>
}

/** What one cookie has of its own. */
export interface CookieAttributeParts {
  /** `SameSite`. */
  sameSite?: string
  /** `Partitioned`. */
  partitioned?: boolean
  /** `Domain`. */
  domain?: string
  /** `Path`. */
  path?: string
  /** Whether there is no such cookie. */
  omit?: boolean
}

/** Where a cookie was set. */
export interface CookieScopeParts {
  /** `Domain`. */
  domain?: string
  /** `Path`. */
  path?: string
}

/** A number for a call that can be cancelled. */
export declare function newCall(): number

/**
 * Drops the future of the call with this number unless its response has arrived; its promise then settles as cancelled.
 * Does nothing when no such call is pending.
 */
export declare function cancelCall(call: number): void

/** The outcome of a call. `state` says what `json` contains. */
export interface CallResult {
  /** `done`, `failed` or `cancelled`. */
  state: 'done' | 'failed' | 'cancelled'
  /** The text of the result, or the error as JSON. */
  json: string
  /** The response of a successful call with a number; `None` when it sent no request itself. */
  response?: ResponseSummary
  /** What the client reported since the last result. */
  warnings?: Array<ClientWarning>
}

/** The metadata of a response that diagnostics publish. */
export interface ResponseSummary {
  /** The HTTP status. */
  status: number
  /** The id under which the service knows the request. */
  requestId?: string
  /** The number of requests of the call. */
  attempts: number
}

/** Complete `Set-Cookie` values for the response whose `cookies` this is. */
export declare function setCookieHeaders(cookies: string, options?: CookieParts | undefined | null): CallResult

/** Why the response whose `cookies` this is has no verified session. */
export declare function noSession(cookies: string): CallResult

/**
 * The grants of a session's tenants as JSON, from the project and the claims in its text. Most programs read the active one alone,
 * which is in the text.
 */
export declare function sessionTenants(projectId: string, claims: string): string

/** The session of the testing kit. */
export declare function sessionForTests(wanted: string): CallResult

/** The tokens of an incoming request. */
export interface RequestTokens {
  /** The session token, when the request has one. */
  sessionJwt?: string
  /** The refresh token, when the request has one. */
  refreshJwt?: string
}

/** One switch, as the facade publishes it. */
export interface SwitchEvent {
  /** When it ended, in milliseconds since 1970. */
  time: number
  /** The project. */
  projectId: string
  /** The user. */
  userId?: string
  /** The tenant before. */
  fromTenant?: string
  /** The tenant requested, or the one that a refresh brought. */
  toTenant?: string
  /** What the service may have done. */
  outcome: string
  /** The code of the error. */
  code?: string
  /** The id under which the service knows the request. */
  requestId?: string
  /** How many requests were made. */
  attempts: number
  /** Seconds. */
  duration: number
}

/** Has `wake` called when switches of this environment can be taken. */
export declare function onSwitches(wake: () => void): void

/** The switches of this environment that have not been taken. */
export declare function takeSwitches(): Array<SwitchEvent> | null

/** One report, as the facade publishes it. */
export interface ClientWarning {
  /** The name of what is wrong. */
  code: string
  /** What is wrong, and what to do about it. */
  message: string
  /** By how many seconds the service's clock is ahead. */
  seconds?: number
}

/** The version of this addon, which must be that of the facade. */
export declare function version(): string

/** The code of every kind of error, for the test of the facade's table. */
export declare function errorCodes(): Array<string>

/** The name of every attribute of an error in the spelling of the core, for the test of the facade's classes. */
export declare function errorAttributes(): Array<string>

/** The code of every refusal, for the test of the facade's type. */
export declare function refusalCodes(): Array<string>

/** The name of every outcome, for the test of the facade's type. */
export declare function outcomes(): Array<string>
