/**
 * The client: one method per operation. Each converts its arguments, passes the call to the core, and converts the
 * result to an object or an exception.
 *
 * @module
 */

import { type InspectOptionsStylized, inspect } from 'node:util'
import { boolean, optionalText, strings, text } from './arguments.js'
import { call } from './call.js'
import { runWithCallerStack } from './caller_stack.js'
import type { ClientOptions } from './client_options.js'
import { CallDiagnostics } from './diagnostics.js'
import { failure } from './errors/from_native.js'
import type { Diagnostics } from './models/diagnostics.js'
import { type HistoryEntry, readHistory } from './models/history_entry.js'
import { type JWTResponse, readResponse } from './models/jwt_response.js'
import { RequestTokens } from './models/request_tokens.js'
import { readSession, type Session } from './models/session.js'
import { readTenants, type Tenant } from './models/tenant.js'
import { readUser, type User } from './models/user.js'
import { readValidationResult, type ValidationResult } from './models/validation_result.js'
import type { NativeClient } from './native/binding.js'
import { native } from './native/index.js'
import {
  type CallOptions,
  clientOptions,
  type MyTenantsOptions,
  type RefreshOptions,
  refreshParts,
  type ValidateAndRefreshOptions,
  type ValidateOptions,
  validateParts,
} from './options.js'
import { frozen, SessionCache } from './session_cache.js'

/** The addon's client, for what is made of a client. Set by the class, whose private field it is. */
export let nativeClient: (client: Client) => NativeClient

/**
 * A client of one project. It keeps connections and the project's keys, but no cookies, and follows no redirects. Share one
 * client between all requests of a process. An idle client does not keep the process alive.
 *
 * Every method that calls the service or validates returns a promise that rejects with a {@link TenantSelectError}; none of
 * them throws synchronously. Synchronous functions throw: the constructor,
 * {@link Client.tokensFromRequest | tokensFromRequest}, and the methods of results. A call that is aborted rejects with the
 * signal's `reason`; whether the service has acted is then unknown. A call whose response has already arrived still
 * resolves with its result, so that no token is lost.
 *
 * Selections and refreshes of one refresh token run one after the other, in the order of the calls, so the last switch
 * requested is the one that stands. One that was sent completes also when its callers are aborted or time out, within the
 * client's `timeoutMs` from its start, and without keeping the process alive. When it replaced the refresh token, calls that
 * present the former one within `rotationGraceSeconds` get the response that replaced it, or are sent with the new token.
 *
 * The start, the retries and the end of every call are published on the channels `tenant-select:request:start`, `…:retry`
 * and `…:end` of `node:diagnostics_channel`, see {@link RequestEndMessage}; every switch of a tenant on
 * `tenant-select:tenant:switch`, see {@link TenantSwitchMessage}.
 * What is wrong around a client, such as a clock that is off, is emitted as a warning of the process; see
 * {@link ClientWarningMessage}.
 *
 * @example
 * ```ts
 * import { Client } from 'tenant-select'
 *
 * const client = new Client() // DESCOPE_PROJECT_ID
 * const response = await client.selectTenant('acme', refreshJwt)
 * console.log(response.session.activeTenant?.tenantId)
 * ```
 */
export class Client {
  readonly #native: NativeClient
  readonly #projectId: string
  /** Undefined when the core has no cache. */
  readonly #sessions: SessionCache | undefined

  static {
    nativeClient = (client) => client.#native
  }

  /**
   * Checks the options and creates the client. Nothing is sent.
   *
   * @param options - options that differ from the environment and the defaults
   * @throws {@link InvalidInputError} naming the option in `argument`.
   */
  constructor(options: ClientOptions = {}) {
    this.#native = runWithCallerStack(new.target, () => {
      const converted = clientOptions(options)
      const { client, failed } = native.createClient(converted.options, converted.environment, process.versions.node)
      if (failed) throw failure(failed)
      return client as NativeClient
    })
    this.#projectId = this.#native.projectId
    const capacity = this.#native.sessionCache
    this.#sessions = capacity === 0 ? undefined : new SessionCache(capacity)
  }

  /**
   * Makes a tenant the user's active one and returns the new tokens, verified to be for that tenant and that user.
   *
   * `POST /v1/auth/tenant/select`. Identical pending selections of one client, with the same retry settings, share one
   * request, and each caller keeps its own deadline. It is sent again only when the service cannot have acted, unless
   * `retryUnknown` also allows it after failures of unknown outcome. A refresh token that was replaced less than
   * `rotationGraceSeconds` ago stands for its successor: the newest token is sent, or the response that brought it is
   * returned when it is for this tenant.
   *
   * @param tenantId - the tenant: 1 to 1,024 bytes of UTF-8 without control characters
   * @param refreshJwt - the user's refresh token
   * @param options - deadline, retries and signal of this call
   * @throws {@link InvalidInputError} for an empty tenant or a token that is not a JWT; nothing was sent.
   * @throws {@link AuthenticationError}, {@link PermissionDeniedError}, {@link NotFoundError}, {@link RateLimitError},
   *   {@link InternalServerError} or {@link APIStatusError} when the service refused the request.
   * @throws {@link APIConnectionError} or {@link APITimeoutError} when no complete response arrived; `outcome` says
   * whether the
   *   service may have acted.
   * @throws {@link TenantMismatchError}, {@link UserMismatchError}, {@link InvalidTokenError} or
   *   {@link KeysUnavailableError} after the service acted: `response` holds the tokens.
   * @throws {@link InvalidResponseError} for a response that does not match the API.
   *
   * @example
   * ```ts
   * const response = await client.selectTenant('acme', refreshJwt, { timeoutMs: 2_000 })
   * console.log(response.session.activeTenant?.roles)
   * ```
   */
  selectTenant(tenantId: string, refreshJwt: string, options?: CallOptions): Promise<JWTResponse> {
    return call(this, methods.selectTenant, options, [], readResponse, () => {
      const tenant = text('tenantId', tenantId)
      const token = text('refreshJwt', refreshJwt)
      return (number, parts) => this.#native.selectTenant(number, parts, tenant, token)
    })
  }

  /**
   * Exchanges the refresh token for new tokens; the active tenant does not change.
   *
   * `POST /v1/auth/refresh`. Identical pending refreshes of one client, with the same retry settings, share one request,
   * and each caller keeps its own deadline. For a token that was replaced less than `rotationGraceSeconds` ago, the response
   * that replaced it is returned when its tenant is the one of the token.
   *
   * @param refreshJwt - the user's refresh token
   * @param options - an external token, the expected tenant, whether to follow a switch, and deadline, retries and signal of this call
   * @throws The errors of {@link Client.selectTenant | selectTenant}.
   * @throws {@link TenantMismatchError} when another tenant is active than `expectTenant`; and with the outcome `not_sent`, when
   *   the token was replaced by that of another tenant meanwhile, unless `followSwitch` is set. `response` holds the tokens,
   *   which are verified.
   *
   * @example
   * ```ts
   * const response = await client.refreshSession(refreshJwt)
   * console.log(response.session.expiresAt)
   * ```
   */
  refreshSession(refreshJwt: string, options?: RefreshOptions): Promise<JWTResponse> {
    const names = ['externalToken', 'expectTenant', 'followSwitch']
    return call(this, methods.refreshSession, options, names, readResponse, () => {
      const token = text('refreshJwt', refreshJwt)
      const refresh = refreshParts(options)
      return (number, parts) => this.#native.refreshSession(number, parts, token, refresh)
    })
  }

  /**
   * Gets the user's profile.
   *
   * `GET /v1/auth/me`, sent again after every transient failure.
   *
   * @param refreshJwt - the user's refresh token
   * @param options - deadline, retries and signal of this call
   * @throws {@link InvalidInputError} for a token that is not a JWT, and the errors of an HTTP call.
   *
   * @example
   * ```ts
   * const user = await client.me(refreshJwt)
   * console.log(user.email)
   * ```
   */
  me(refreshJwt: string, options?: CallOptions): Promise<User> {
    return call(this, methods.me, options, [], readUser, () => {
      const token = text('refreshJwt', refreshJwt)
      return (number, parts) => this.#native.me(number, parts, token)
    })
  }

  /**
   * Lists the tenants that the user belongs to.
   *
   * `POST /v1/auth/me/tenants`, sent again after every transient failure.
   *
   * @param refreshJwt - the user's refresh token
   * @param options - which tenants, and deadline, retries and signal of this call
   * @throws {@link InvalidInputError} for an empty list of ids, an empty id, or `ids` together with `activeOnly`, and the
   *   errors of an HTTP call.
   *
   * @example
   * ```ts
   * const tenants = await client.myTenants(refreshJwt)
   * const [active] = await client.myTenants(refreshJwt, { activeOnly: true })
   * console.log(tenants.length, active?.name)
   * ```
   */
  myTenants(refreshJwt: string, options?: MyTenantsOptions): Promise<Tenant[]> {
    return call(this, methods.myTenants, options, ['ids', 'activeOnly'], readTenants, () => {
      const token = text('refreshJwt', refreshJwt)
      const ids = options?.ids === undefined ? undefined : strings('ids', options.ids)
      const activeOnly = options?.activeOnly === undefined ? false : boolean('activeOnly', options.activeOnly)
      return (number, parts) => this.#native.myTenants(number, parts, token, ids, activeOnly)
    })
  }

  /**
   * Lists where and when the user signed in, and for which tenant, in the order of the service.
   *
   * `GET /v1/auth/me/history`, sent again after every transient failure.
   *
   * @param refreshJwt - the user's refresh token
   * @param options - deadline, retries and signal of this call
   * @throws {@link InvalidInputError} for a token that is not a JWT, and the errors of an HTTP call.
   *
   * @example
   * ```ts
   * const [latest] = await client.history(refreshJwt)
   * console.log(latest?.country, latest?.selectedTenant)
   * ```
   */
  history(refreshJwt: string, options?: CallOptions): Promise<HistoryEntry[]> {
    return call(this, methods.history, options, [], readHistory, () => {
      const token = text('refreshJwt', refreshJwt)
      return (number, parts) => this.#native.history(number, parts, token)
    })
  }

  /**
   * Signs the user out of this session. The result's `setCookieHeaders` clear the browser's cookies.
   *
   * `POST /v1/auth/logout`, sent again after every transient failure; a 401 after an attempt of unknown outcome means
   * that the attempt succeeded.
   *
   * @param refreshJwt - the user's refresh token
   * @param options - deadline, retries and signal of this call
   * @throws {@link InvalidInputError} for a token that is not a JWT, and the errors of an HTTP call.
   *
   * @example
   * ```ts
   * const gone = await client.logout(refreshJwt)
   * console.log(gone.setCookieHeaders()) // two cookies that expire at once
   * ```
   */
  logout(refreshJwt: string, options?: CallOptions): Promise<JWTResponse> {
    return call(this, methods.logout, options, [], readResponse, () => {
      const token = text('refreshJwt', refreshJwt)
      return (number, parts) => this.#native.logout(number, parts, token)
    })
  }

  /**
   * Signs the user out of every session.
   *
   * `POST /v1/auth/logoutall`, sent again after every transient failure. A 401 is always an error, because other
   * sessions may still be valid.
   *
   * @param refreshJwt - the user's refresh token
   * @param options - deadline, retries and signal of this call
   * @throws {@link InvalidInputError} for a token that is not a JWT, and the errors of an HTTP call.
   *
   * @example
   * ```ts
   * await client.logoutAll(refreshJwt)
   * ```
   */
  logoutAll(refreshJwt: string, options?: CallOptions): Promise<JWTResponse> {
    return call(this, methods.logoutAll, options, [], readResponse, () => {
      const token = text('refreshJwt', refreshJwt)
      return (number, parts) => this.#native.logoutAll(number, parts, token)
    })
  }

  /**
   * Verifies a session token locally; the project's keys are fetched when no matching key is cached. With a cached key it
   * takes tens of microseconds and sends nothing.
   *
   * With the option `sessionCache`, the signature of a token that comes again is not checked again, and calls share the
   * session, which is frozen with everything in it.
   *
   * @param sessionJwt - the session token
   * @param options - the audience to require, and deadline, retries and signal of a key fetch
   * @throws {@link InvalidInputError} for an empty token.
   * @throws {@link TokenExpiredError} for a token that is valid except for its `exp`.
   * @throws {@link InvalidTokenError} for a token that is invalid in another respect, for a refresh token, and for a
   * token that is
   *   bound to a key (`cnf`, RFC 7800), because its proof of possession is not checked.
   * @throws {@link KeysUnavailableError} when the keys cannot be fetched and no matching key is cached.
   *
   * @example
   * ```ts
   * const session = await client.validateSession(sessionJwt)
   * if (!session.activeTenant?.hasRoles(['editor'])) console.log('read only')
   * ```
   */
  validateSession(sessionJwt: string, options?: ValidateOptions): Promise<Session> {
    const sessions = #sessions in this ? this.#sessions : undefined
    const entry = sessions && this.#entryOf(sessionJwt, options)
    const known = entry === undefined ? undefined : sessions?.get(entry)
    if (known !== undefined) return Promise.resolve(known)
    const validated = call(this, methods.validateSession, options, ['audience'], readSession, (settings) => {
      const token = text('sessionJwt', sessionJwt)
      const audience = optionalText('audience', options?.audience)
      // With a cached key there is nothing to wait for. The core checks the settings only when it fetches keys.
      const cached = settings === undefined ? this.#native.validateSessionCached(token, audience) : null
      return cached ?? ((number, parts) => this.#native.validateSession(number, parts, token, audience))
    })
    return sessions === undefined ? validated : validated.then((session) => this.#share(sessions, entry, session))
  }

  /** Freezes a session, and keeps it for other calls with its token when the core has the token in its cache. */
  #share(sessions: SessionCache, entry: number | undefined, session: Session): Session {
    if (entry !== undefined && !this.closed) sessions.set(entry, session)
    return frozen(session)
  }

  /** The number of a token's entry in the core's cache, if it is there and good for this call. */
  #entryOf(sessionJwt: unknown, options: ValidateOptions | undefined): number | undefined {
    // A call that is observed, or that has settings of its own, is made in full.
    if (typeof sessionJwt !== 'string' || CallDiagnostics.isObserved) return undefined
    const audience = options?.audience
    if (options !== undefined && (typeof audience !== 'string' || Object.keys(options).length !== 1)) return undefined
    try {
      return this.#native.sessionInCache(sessionJwt, audience) ?? undefined
    } catch {
      return undefined
    }
  }

  /**
   * Verifies the session token, and refreshes when it is missing, empty or expired, or ends within `refreshBeforeMs`. Any
   * other failure rejects: a token with an invalid signature does not cause a refresh.
   *
   * @param sessionJwt - the session token, if there is one
   * @param refreshJwt - the user's refresh token
   * @param options - what to require, when to refresh, and deadline, retries and signal of this call
   * @throws The errors of {@link Client.validateSession | validateSession} and
   *   {@link Client.refreshSession | refreshSession}. The error of a refresh before the end of the session is given as
   *   `refreshError` instead.
   * @throws {@link InvalidInputError} for a `refreshBeforeMs` below 0 or above 3,600,000.
   * @throws {@link TenantMismatchError} when the refreshed session is for another tenant than the expired one, unless
   *   `keepTenant` is false. `response` holds the tokens, which are verified.
   *
   * @example
   * ```ts
   * const { session, response } = await client.validateAndRefresh(sessionJwt, refreshJwt, { refreshBeforeMs: 30_000 })
   * console.log(session.userId, response !== undefined)
   * ```
   */
  validateAndRefresh(
    sessionJwt: string | null | undefined,
    refreshJwt: string,
    options?: ValidateAndRefreshOptions,
  ): Promise<ValidationResult> {
    const names = ['audience', 'keepTenant', 'refreshBeforeMs']
    return call(this, methods.validateAndRefresh, options, names, readValidationResult, () => {
      const presented = optionalText('sessionJwt', sessionJwt)
      const token = text('refreshJwt', refreshJwt)
      const validate = validateParts(options)
      return (number, parts) => this.#native.validateAndRefresh(number, parts, presented, token, validate)
    })
  }

  /**
   * Reads the tokens from an incoming request: from its `Cookie` header with the client's cookie names, and a session
   * token from `Authorization: Bearer`, which takes precedence over the cookie. Nothing is verified and nothing is sent.
   *
   * @param cookieHeader - the request's `Cookie` header
   * @param authorization - the request's `Authorization` header
   * @throws {@link InvalidInputError} for a header that is not a string.
   *
   * @example
   * ```ts
   * const request = new Request('https://app.example/', { headers: { cookie: `DS=${sessionJwt}; DSR=${refreshJwt}` } })
   * const tokens = client.tokensFromRequest(request.headers.get('cookie'), request.headers.get('authorization'))
   * console.log(tokens) // shows which tokens are present, not their values
   * ```
   */
  tokensFromRequest(cookieHeader?: string | null, authorization?: string | null): RequestTokens {
    return runWithCallerStack(methods.tokensFromRequest, () => {
      const cookies = optionalText('cookieHeader', cookieHeader)
      return RequestTokens.of(this.#native.tokensFromRequest(cookies, optionalText('authorization', authorization)))
    })
  }

  /**
   * Closes the client. Later calls reject with {@link ClientClosedError}. Pending calls finish, including their retries and
   * the verification of their responses; connections are closed when the last of them has ended. Closing twice has no
   * effect, and a client need not be closed.
   *
   * @example
   * ```ts
   * client.close()
   * ```
   */
  close(): void {
    this.#native.close()
    this.#sessions?.clear()
  }

  /**
   * Counters of what the client remembers; all 0 once it is closed.
   *
   * @example
   * ```ts
   * console.log(client.diagnostics().evictedTokens)
   * ```
   */
  diagnostics(): Diagnostics {
    return runWithCallerStack(methods.diagnostics, () => JSON.parse(this.#native.diagnostics()) as Diagnostics)
  }

  /** The project id. */
  get projectId(): string {
    return this.#projectId
  }

  /** The base URL of the API, from the options, the environment or the project id. */
  get baseUrl(): string {
    return this.#native.baseUrl
  }

  /** Whether {@link Client.close | close} was called. */
  get closed(): boolean {
    return this.#native.closed
  }

  /** Shows no option that may hold a key. @internal */
  [inspect.custom](_depth: number, options: InspectOptionsStylized, print: typeof inspect): string {
    const { projectId, baseUrl, closed } = this
    return `Client ${print({ projectId, baseUrl, closed }, options)}`
  }
}

/** The original methods, from which stacks begin and which diagnostics name, even if an application replaces them. */
const methods = Object.fromEntries(
  Object.entries(Object.getOwnPropertyDescriptors(Client.prototype)).map(([name, { value }]) => [name, value]),
) as { readonly [Name in keyof Client]: Client[Name] extends (...given: never[]) => unknown ? Client[Name] : never }
