/**
 * One request in an adapter: decides about it, and keeps what its response must have.
 *
 * @module
 */

import type { RequestAuthenticator } from '../authenticator.js'
import type { IncomingRequest } from '../incoming_request.js'
import type { AuthenticationResult } from '../models/authentication_result.js'
import type { Refusal } from '../models/refusal.js'
import type { HeaderStore } from '../models/response_header.js'
import type { Session } from '../models/session.js'
import type { TenantGrant } from '../models/tenant_grant.js'
import type { Requirement } from '../requirement.js'
import { RequestRefused } from './refused.js'

/**
 * A request that is refused.
 *
 * @example
 * ```ts
 * const isPage = ({ method, header }: RefusedRequest) => method === 'GET' && (header('accept') ?? '').includes('text/html')
 * ```
 */
export interface RefusedRequest {
  /** The method. */
  readonly method: string | undefined
  /** The path with the query, or the complete URL. */
  readonly url: string | undefined
  /** The first value of a header, by its name in any case. */
  readonly header: (name: string) => string | undefined
}

/**
 * The options of every adapter.
 *
 * @example
 * ```ts
 * const options: AdapterOptions = {
 *   onRefusal: ({ header }, refusal) =>
 *     refusal.code === 'SIGNED_OUT' && header('accept')?.includes('text/html') ? '/sign-in' : undefined,
 * }
 * ```
 */
export interface AdapterOptions {
  /**
   * Gives the location that a refused request is redirected to (303), such as a page to sign in for clients that accept HTML, or
   * undefined for the refusal itself.
   */
  readonly onRefusal?: ((request: RefusedRequest, refusal: Refusal) => string | undefined) | undefined
}

/**
 * A request as adapters give it to {@link RequestContext}.
 *
 * @example
 * ```ts
 * const request: AdapterRequest = { method: 'GET', url: '/', headers: [['cookie', `DS=${sessionJwt}`]] }
 * ```
 */
export interface AdapterRequest extends IncomingRequest {
  /** Names and values. */
  readonly headers: Iterable<readonly [name: string, value: string]>
}

/**
 * One request in an adapter. Each of its methods decides, and throws {@link RequestRefused} when the request is refused. The
 * headers of every result go into the response, whichever it is, and code that runs later sees the new cookies.
 *
 * @example
 * ```ts
 * const switchTo = async (context: RequestContext, tenant: string) => (await context.switch(tenant)).session?.userId
 * ```
 */
export class RequestContext {
  readonly #authenticator: RequestAuthenticator
  readonly #request: () => AdapterRequest
  readonly #showCookies: (cookies: string) => void
  readonly #onRefusal: AdapterOptions['onRefusal']
  readonly #results: AuthenticationResult[] = []

  /**
   * Begins with nothing decided.
   *
   * @param authenticator - what decides
   * @param request - gives the request as it is now
   * @param showCookies - lets later code of the request see this `Cookie` header in the place of its own
   */
  constructor(
    authenticator: RequestAuthenticator,
    request: () => AdapterRequest,
    showCookies: (cookies: string) => void,
    options: AdapterOptions = {},
  ) {
    this.#authenticator = authenticator
    this.#request = request
    this.#showCookies = showCookies
    this.#onRefusal = options.onRefusal
  }

  /** The session that was found last; undefined before the first decision, and when there is none. */
  get session(): Session | undefined {
    return this.#results.at(-1)?.session
  }

  /** The grant of the tenant that was last required; undefined when none was. */
  get grant(): TenantGrant | undefined {
    return this.#results.at(-1)?.grant
  }

  /** Whether anything was decided, so that the response needs headers. */
  get decided(): boolean {
    return this.#results.length > 0
  }

  /** Decides about the request; see {@link RequestAuthenticator.authenticate}. */
  async authenticate(requirement?: Requirement): Promise<AuthenticationResult> {
    return this.#record(await this.#authenticator.authenticate(this.#request(), requirement))
  }

  /** Makes a tenant the active one; see {@link RequestAuthenticator.switch}. */
  async switch(tenant: string): Promise<AuthenticationResult> {
    return this.#record(await this.#authenticator.switch(this.#request(), tenant))
  }

  /** Signs the user out; see {@link RequestAuthenticator.signOut}. */
  async signOut(): Promise<AuthenticationResult> {
    return this.#record(await this.#authenticator.signOut(this.#request()))
  }

  /** Adds the headers of every result so far to those of the response. */
  applyHeaders(response: HeaderStore): void {
    for (const result of this.#results) result.applyHeaders(response)
  }

  #record(result: AuthenticationResult): AuthenticationResult {
    const { cookieHeader, refusal } = result
    this.#results.push(result)
    if (cookieHeader !== undefined) this.#showCookies(cookieHeader)
    if (refusal !== undefined) throw new RequestRefused(refusal, this.#onRefusal?.(refused(this.#request()), refusal))
    return result
  }
}

function refused({ method, url, headers }: AdapterRequest): RefusedRequest {
  const header = (name: string) => {
    for (const [other, value] of headers) if (other.toLowerCase() === name.toLowerCase()) return value
    return undefined
  }
  return { method, url, header }
}
