/**
 * What the request authenticator found about a request.
 *
 * @module
 */

import { type InspectOptionsStylized, inspect } from 'node:util'
import type { TenantSelectError } from '../errors/error.js'
import type { ErrorView } from '../errors/from_native.js'
import { type JWTResponse, readResponse } from './jwt_response.js'
import { Refusal, type RefusalView } from './refusal.js'
import { applyHeaders, type HeaderRule, type HeaderStore, ResponseHeader } from './response_header.js'
import { readSession, type Session } from './session.js'
import type { TenantGrant } from './tenant_grant.js'

/** The small members of a result, the first line of the core's text. The lines of the response or the session follow. */
interface AuthenticationView {
  readonly session: boolean
  /** The text of the session, where it is another than that of the response. */
  readonly formerSession?: string
  readonly forTenant: boolean
  readonly response: boolean
  readonly headers: readonly (readonly [string, string, HeaderRule])[]
  readonly refusal?: RefusalView
  readonly cookieHeader?: string
  readonly error?: ErrorView
}

/** What the members of a result are made from. */
interface Parts {
  readonly view: AuthenticationView
  readonly session: Session | undefined
  readonly response: JWTResponse | undefined
  readonly error: TenantSelectError | undefined
}

/**
 * What {@link RequestAuthenticator} found about a request.
 *
 * The handler runs unless there is a `refusal`. {@link AuthenticationResult.applyHeaders | applyHeaders} belongs to every response
 * to the request: the handler's, the refusing one, and that of an error, because the new cookies hold tokens that exist nowhere
 * else. Printing shows no token, and `JSON.stringify` leaves out all that holds one.
 *
 * @example
 * ```ts
 * const request = new Request('https://app.example/acme', { headers: { authorization: `Bearer ${sessionJwt}` } })
 * const { session, refusal } = await new RequestAuthenticator(client).authenticate(request)
 * console.log(session?.userId, refusal?.code)
 * ```
 */
export class AuthenticationResult {
  readonly #view: AuthenticationView
  readonly #session: Session | undefined
  readonly #response: JWTResponse | undefined
  readonly #error: TenantSelectError | undefined
  #headers: readonly ResponseHeader[] | undefined
  #refusal: Refusal | undefined

  private constructor({ view, session, response, error }: Parts) {
    this.#view = view
    this.#session = session
    this.#response = response
    this.#error = error
  }

  /** @internal */
  static of(parts: Parts): AuthenticationResult {
    return new AuthenticationResult(parts)
  }

  /** The verified session. Undefined for a refused request, an anonymous one, and after a sign-out. */
  get session(): Session | undefined {
    return this.#session
  }

  /** The grant of the tenant that the request is for. Undefined without a session, and when no tenant was named. */
  get grant(): TenantGrant | undefined {
    return this.#view.forTenant ? this.#session?.activeTenant : undefined
  }

  /** Why the request must not reach its handler, and the response in its place; undefined when it may. */
  get refusal(): Refusal | undefined {
    const { refusal } = this.#view
    if (refusal !== undefined) this.#refusal ??= Refusal.of(refusal)
    return this.#refusal
  }

  /**
   * The headers for every response to the request: `set-cookie` for each new or cleared cookie, `cache-control` (`no-store` with a
   * cookie or a refusal, else `private` where the application has set none), and `vary`. Empty for a CORS preflight.
   */
  get headers(): readonly ResponseHeader[] {
    this.#headers ??= this.#view.headers.map(ResponseHeader.of)
    return this.#headers
  }

  /**
   * The `Cookie` header that later code of the same request must see in the place of its own; undefined when no cookie was set or
   * cleared. With the old tokens, that code would refresh again or find the user signed in.
   */
  get cookieHeader(): string | undefined {
    return this.#view.cookieHeader
  }

  /** The response of the refresh, the switch or the sign-out, when there was one. */
  get response(): JWTResponse | undefined {
    return this.#response
  }

  /** The error behind a refusal or a failed refresh, for logs; undefined when no call and no verification failed. */
  get error(): TenantSelectError | undefined {
    return this.#error
  }

  /**
   * Adds `headers` to those of a response, by their rules.
   *
   * @param response - the headers of the response, such as a `Headers` object
   *
   * @example
   * ```ts
   * const result = await new RequestAuthenticator(client).authenticate({ method: 'GET', url: '/', headers: {} })
   * const headers = new Headers({ 'content-type': 'text/html' })
   * result.applyHeaders(headers)
   * console.log(headers.get('cache-control')) // no-store, because the request is refused
   * ```
   */
  applyHeaders(response: HeaderStore): void {
    applyHeaders(this.headers, response)
  }

  /** The session, the grant, the refusal and the error, without a token. Called by `JSON.stringify`. */
  toJSON(): object {
    const { session, grant, refusal, error } = this
    return { session, grant, refusal, error }
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptionsStylized, print: typeof inspect): string {
    if (depth < 0) return options.stylize('[AuthenticationResult]', 'special')
    const { session, grant, refusal, headers, response, error } = this
    const cookieHeader = this.cookieHeader === undefined ? undefined : { [inspect.custom]: () => '[redacted]' }
    const members = { session, grant, refusal, headers, cookieHeader, response, error }
    const shown = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
    const inner = options.depth === null || options.depth === undefined ? options.depth : options.depth - 1
    return `AuthenticationResult ${print(shown, { ...options, ...(inner === undefined ? {} : { depth: inner }) })}`
  }
}

/** @internal */
export function readAuthentication(
  text: string,
  readError: (view: ErrorView) => TenantSelectError,
): AuthenticationResult {
  const end = text.indexOf('\n')
  const view = readView(end === -1 ? text : text.slice(0, end))
  const rest = text.slice(end + 1)
  const response = view.response ? readResponse(rest) : undefined
  const session = view.session ? sessionOf(view, rest, response) : undefined
  const error = view.error === undefined ? undefined : readError(view.error)
  return AuthenticationResult.of({ view, session, response, error })
}

function sessionOf(
  { formerSession }: AuthenticationView,
  rest: string,
  response: JWTResponse | undefined,
): Session | undefined {
  if (formerSession !== undefined) return readSession(formerSession)
  return response === undefined ? readSession(rest) : response.session
}

/** That of the last request that passed without a change: it is the same for most requests, and holds nothing of the user. */
let usual: { readonly line: string; readonly view: AuthenticationView } | undefined

function readView(line: string): AuthenticationView {
  if (usual?.line === line) return usual.view
  const view = JSON.parse(line) as AuthenticationView
  const { session, response, refusal, cookieHeader, error, headers } = view
  const holdsMore = response || [refusal, cookieHeader, error].some((member) => member !== undefined)
  if (session && !holdsMore && headers.every(([name]) => name !== 'set-cookie')) usual = { line, view }
  return view
}
