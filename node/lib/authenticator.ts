/**
 * One decision for each incoming request: who is it, may this request go on, and what must its response have.
 *
 * @module
 */

import { type InspectOptionsStylized, inspect } from 'node:util'
import { boolean, knownKeys, number, strings, text, WrongArgument } from './arguments.js'
import { call } from './call.js'
import { runWithCallerStack } from './caller_stack.js'
import { Client, nativeClient } from './client.js'
import { type CookieOptions, cookieParts } from './cookies.js'
import { failure } from './errors/from_native.js'
import { type IncomingRequest, requestArguments } from './incoming_request.js'
import { type AuthenticationResult, readAuthentication } from './models/authentication_result.js'
import type { AuthenticatorOption, NativeAuthenticator } from './native/binding.js'
import { native } from './native/index.js'
import { type Requirement, requirementParts } from './requirement.js'

/**
 * The options of a {@link RequestAuthenticator}.
 *
 * @example
 * ```ts
 * const options: RequestAuthenticatorOptions = { onMismatch: 'switch', refreshBeforeMs: 60_000 }
 * const authenticator = new RequestAuthenticator(client, options)
 * ```
 */
export interface RequestAuthenticatorOptions {
  /**
   * What happens when the user is in the tenant of the request, and another tenant is active: `refuse` with 409, or `switch`,
   * which switches to the tenant of a page that the user opens and has it loaded again, once (303). Default `refuse`.
   */
  readonly onMismatch?: 'refuse' | 'switch' | undefined
  /** The status for a tenant that is not one of the user's. Neither tells whether the tenant exists. Default 404. */
  readonly notMemberStatus?: 404 | 403 | undefined
  /** Other origins that may cause requests that change something, such as `https://partner.example`. Default: none. */
  readonly trustedOrigins?: readonly string[] | undefined
  /**
   * The origin of the application in the browser, such as `https://app.example`: for servers behind a proxy that changes `Host`.
   * Default: `Origin` is compared with `Host`.
   */
  readonly publicOrigin?: string | undefined
  /**
   * Whether {@link RequestAuthenticator.authenticate | authenticate} refreshes sessions and switches pages. With false it sends no
   * token anywhere and sets no cookie. Default true.
   */
  readonly refresh?: boolean | undefined
  /**
   * How long before its end a session is refreshed, in milliseconds: 0 to 3,600,000. When that fails, the session is used to its
   * end. Default 0.
   */
  readonly refreshBeforeMs?: number | undefined
  /** How cookies are made; see {@link JWTResponse.setCookieHeaders}. */
  readonly cookies?: CookieOptions | undefined
}

/**
 * Decides about incoming requests: it finds the session of the user, refreshes it, holds it against what the request needs, and
 * says what the response must have. It knows no web framework; `tenant-select/express`, `/fastify` and `/web` connect it with one.
 *
 * A session is taken from `Authorization: Bearer`, or from the cookies when there is none, and verified locally; a request with a
 * valid session sends nothing anywhere. No cookie is cleared but in {@link RequestAuthenticator.signOut | signOut}: the browser may
 * hold newer tokens than the request. Share one authenticator between all requests of a process.
 *
 * @example
 * ```ts
 * const authenticator = new RequestAuthenticator(client, { publicOrigin: 'https://app.example' })
 * const request = new Request('https://app.example/acme', { headers: { cookie: `DS=${sessionJwt}; DSR=${refreshJwt}` } })
 * const result = await authenticator.authenticate(request, { permissions: [] })
 * if (result.refusal === undefined) console.log(result.session?.userId)
 * ```
 */
export class RequestAuthenticator {
  readonly #native: NativeAuthenticator
  readonly #client: Client

  /**
   * Checks the options and creates the authenticator. Nothing is sent.
   *
   * @param client - what verifies, refreshes and switches; its options are those of the calls
   * @param options - options that differ from the defaults
   * @throws {@link InvalidInputError} naming the option in `argument`: a status other than 404 and 403, an origin with a path or
   *   without a scheme, a time over an hour, cookies that a browser would drop, and a client whose verification is off (`verify`).
   */
  constructor(client: Client, options: RequestAuthenticatorOptions = {}) {
    this.#native = runWithCallerStack(new.target, () => {
      if (!(client instanceof Client)) throw new WrongArgument('client', 'client must be a Client')
      const converted = authenticatorOptions(options)
      const made = native.createAuthenticator(nativeClient(client), converted, cookieParts(options.cookies))
      if (made.failed) throw failure(made.failed)
      return made.authenticator as NativeAuthenticator
    })
    this.#client = client
  }

  /**
   * Decides about one request.
   *
   * An expired session is refreshed when the request sends a refresh token, and so is one whose token is missing or invalid,
   * because a retired key must not sign a user out. Before a refresh token is sent anywhere it is verified locally, and one that
   * the service refused is refused for 60 seconds without another call. A bearer is never refreshed, and a request that opens a
   * WebSocket neither.
   *
   * A request with cookies that another site caused is refused when its method changes something or it opens a WebSocket. A CORS
   * preflight passes: without a session, without a refusal and without headers.
   *
   * @param request - the request
   * @param requirement - what it needs of the user
   * @returns the session, or why the request is refused, and the headers for the response. What is wrong with the request or with
   *   the service is a refusal, not an exception.
   * @throws {@link InvalidInputError} when the requirement has a mistake, which `argument` names.
   * @throws {@link ClientClosedError} when the client is closed.
   * @throws {@link CookieTooLargeError} or {@link InvalidResponseError} when the session was refreshed, and no cookies can be made
   *   of the tokens, which are in `response`.
   *
   * @example
   * ```ts
   * const authenticator = new RequestAuthenticator(client)
   * const request: IncomingRequest = { method: 'GET', url: '/acme', headers: { cookie: `DSR=${refreshJwt}` } }
   * const { session, grant, refusal } = await authenticator.authenticate(request, { tenant: 'acme' })
   * console.log(session?.userId, grant?.roles, refusal?.code)
   * ```
   */
  authenticate(request: IncomingRequest, requirement?: Requirement): Promise<AuthenticationResult> {
    return call(clientOf(this), methods.authenticate, undefined, [], readAuthentication, () => {
      const incoming = requestArguments(request)
      const needed = requirementParts(requirement)
      // Nothing is waited for where the session is valid, or nothing could make it so.
      const decided = this.#native.authenticateCached(...incoming, needed)
      return decided ?? ((number, parts) => this.#native.authenticate(number, parts, ...incoming, needed))
    })
  }

  /**
   * Makes a tenant the user's active tenant, with the refresh token of the request, and gives the session in it. For a route of the
   * application that the user switches with.
   *
   * The request is one that changes something, whatever its method: it must not be caused by another site. Only cookies hold a
   * refresh token, so a request with a bearer cannot switch. Refusals are those of
   * {@link RequestAuthenticator.authenticate | authenticate}, `SWITCH_UNKNOWN` when it is unknown whether the service acted (the
   * client's `retryUnknown` decides whether it is sent again), `NOT_A_MEMBER` when the service refuses the tenant, and
   * `TENANT_NOT_ACTIVE` when it made another one active, with the cookies for that one.
   *
   * @param request - the request
   * @param tenant - the tenant: 1 to 1,024 bytes of UTF-8 without control characters
   * @returns the session in the tenant and the new cookies, or why the request is refused
   * @throws {@link InvalidInputError} for an empty tenant, and the errors of
   *   {@link RequestAuthenticator.authenticate | authenticate}.
   *
   * @example
   * ```ts
   * const headers = { host: 'app.example', origin: 'https://app.example', cookie: `DSR=${refreshJwt}` }
   * const result = await new RequestAuthenticator(client).switch({ method: 'POST', url: '/switch', headers }, 'acme')
   * console.log(result.session?.activeTenant?.tenantId, result.refusal?.code)
   * ```
   */
  switch(request: IncomingRequest, tenant: string): Promise<AuthenticationResult> {
    return call(clientOf(this), methods.switch, undefined, [], readAuthentication, () => {
      const incoming = requestArguments(request)
      const tenantId = text('tenant', tenant)
      return (number, parts) => this.#native.switch(number, parts, ...incoming, tenantId)
    })
  }

  /**
   * Signs the user out of this session, and clears both cookies. For a route of the application that the user signs out with.
   *
   * The request is one that changes something, whatever its method: it must not be caused by another site. A request without a
   * refresh token, or with one that is not valid, sends nothing, and its cookies are cleared all the same. When it is not known
   * whether the service ended the session, the request is refused with `UNAVAILABLE` and the cookies stay, so that the user can
   * try again. A request with a bearer has no session of cookies to end, and is refused.
   *
   * @param request - the request
   * @returns the cleared cookies, or why the request is refused
   * @throws The errors of {@link RequestAuthenticator.authenticate | authenticate}.
   *
   * @example
   * ```ts
   * const headers = { host: 'app.example', origin: 'https://app.example', cookie: `DSR=${refreshJwt}` }
   * const result = await new RequestAuthenticator(client).signOut({ method: 'POST', url: '/sign-out', headers })
   * console.log(result.session, result.refusal?.code)
   * ```
   */
  signOut(request: IncomingRequest): Promise<AuthenticationResult> {
    return call(clientOf(this), methods.signOut, undefined, [], readAuthentication, () => {
      const incoming = requestArguments(request)
      return (number, parts) => this.#native.signOut(number, parts, ...incoming)
    })
  }

  /** The client that was given. */
  get client(): Client {
    return this.#client
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptionsStylized, print: typeof inspect): string {
    return `RequestAuthenticator ${print({ client: this.#client }, options)}`
  }
}

/** The client of an authenticator; nothing that has a project when `this` is no authenticator, as in a detached method. */
function clientOf(authenticator: RequestAuthenticator): { readonly projectId: string } {
  try {
    return authenticator.client
  } catch {
    return undefined as never
  }
}

/** The original methods, from which stacks begin and which diagnostics name. */
const methods = {
  authenticate: RequestAuthenticator.prototype.authenticate,
  switch: RequestAuthenticator.prototype.switch,
  signOut: RequestAuthenticator.prototype.signOut,
}

const NAMES = [
  'onMismatch',
  'notMemberStatus',
  'trustedOrigins',
  'publicOrigin',
  'refresh',
  'refreshBeforeMs',
  'cookies',
]

/** Options for the core, which checks them. */
function authenticatorOptions(given: RequestAuthenticatorOptions): AuthenticatorOption[] {
  knownKeys(given, NAMES)
  const { onMismatch, notMemberStatus, trustedOrigins, publicOrigin, refresh, refreshBeforeMs } = given
  const converted: AuthenticatorOption[] = []
  const add = (name: string, value: AuthenticatorOption['value']) => converted.push({ name, value })
  if (onMismatch !== undefined) add('on_mismatch', text('onMismatch', onMismatch))
  if (notMemberStatus !== undefined) add('not_member_status', number('notMemberStatus', notMemberStatus))
  if (trustedOrigins !== undefined) add('trusted_origins', strings('trustedOrigins', trustedOrigins))
  if (publicOrigin !== undefined) add('public_origin', text('publicOrigin', publicOrigin))
  if (refresh !== undefined) add('refresh', boolean('refresh', refresh))
  if (refreshBeforeMs !== undefined) add('refresh_before', number('refreshBeforeMs', refreshBeforeMs) / 1000)
  return converted
}
