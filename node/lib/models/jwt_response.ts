/**
 * The response to a token exchange.
 *
 * @module
 */

import { WrongArgument } from '../arguments.js'
import { type Callable, runWithCallerStack } from '../caller_stack.js'
import { type CookieOptions, cookieParts } from '../cookies.js'
import { failure } from '../errors/from_native.js'
import { native } from '../native/index.js'
import { optionalDate } from './date.js'
import { IDPResponse } from './idp_response.js'
import type { JsonObject } from './json.js'
import { define, lazy, SOURCE } from './lazy.js'
import { adopt, Model, SHAPE, type Shape, shape } from './model.js'
import { type ResponseMetadata, type ResponseMetadataView, readResponseMetadata } from './response_metadata.js'
import { Session } from './session.js'
import { readUser, type User } from './user.js'

const JWT_RESPONSE = shape(
  '!sessionJwt',
  '!refreshJwt',
  'cookieDomain',
  'cookiePath',
  'cookieMaxAge',
  'cookieExpiration',
  'user',
  'firstSeen',
  'idpResponse',
  'sessionExpiration',
  '!externalToken',
  'claims',
  'tenantSSOID',
  '!trustedDeviceJwt',
  'nextRefreshSeconds',
  'cookieName',
  'sessionCookieName',
  'sessionCookieDomain',
  'unsavedSSO',
  '!knownDeviceJwt',
)

/**
 * The tokens of an exchange and the other fields of the response: plain data in the wire's spelling. `session`, `http`,
 * `nextRefreshAt`, `reused` and {@link JWTResponse.setCookieHeaders | setCookieHeaders} are not part of the data.
 *
 * @example
 * ```ts
 * const response = await client.selectTenant('acme', refreshJwt)
 * console.log(response) // shows no token
 * console.log(response.session.activeTenant?.roles, response.http.requestId)
 * const body = JSON.stringify(response) // the real tokens, in the wire's shape
 * ```
 */
export class JWTResponse extends Model {
  /** The new session token, also when the service delivered it in a cookie. Never printed. */
  declare readonly sessionJwt?: string
  /** The new refresh token; absent when the old one stays valid. Never printed. */
  declare readonly refreshJwt?: string
  /** `Domain` for the cookies; empty means this host only. */
  declare readonly cookieDomain?: string
  /** `Path` for the cookies. */
  declare readonly cookiePath?: string
  /** `Max-Age` of the refresh cookie, in seconds. */
  declare readonly cookieMaxAge?: number
  /** `Expires` of the refresh cookie, in seconds since 1970. */
  declare readonly cookieExpiration?: number
  /** The user's profile. */
  declare readonly user?: User
  /** Whether the service sees the user for the first time. */
  declare readonly firstSeen?: boolean
  /** The data of the identity provider. */
  declare readonly idpResponse?: IDPResponse
  /** When the session token ends, in seconds since 1970. */
  declare readonly sessionExpiration?: number
  /** A token exchanged together with the session. Never printed. */
  declare readonly externalToken?: string
  /** Claims of the session as the service states them. The verified ones are in `session`. */
  declare readonly claims?: JsonObject
  /** The tenant's SSO configuration. */
  declare readonly tenantSSOID?: string
  /** A token that marks the device as trusted. Never printed. */
  declare readonly trustedDeviceJwt?: string
  /** The time until the next refresh that the service recommends, in seconds. */
  declare readonly nextRefreshSeconds?: number
  /** Custom name of the refresh cookie. */
  declare readonly cookieName?: string
  /** Custom name of the session cookie. */
  declare readonly sessionCookieName?: string
  /** `Domain` for the session cookie. */
  declare readonly sessionCookieDomain?: string
  /** Whether an SSO configuration was not saved. */
  declare readonly unsavedSSO?: boolean
  /** A token that marks the device as known. Never printed. */
  declare readonly knownDeviceJwt?: string

  /** The HTTP metadata of the response. Not enumerable. */
  declare readonly http: ResponseMetadata
  /**
   * When the service advises to refresh next, in seconds since 1970: `nextRefreshSeconds` after the arrival of the
   * response, by this machine's clock. Undefined when that field is absent or not above 0. Not enumerable.
   *
   * @example
   * ```ts
   * const { nextRefreshAt, nextRefreshAtDate } = await client.refreshSession(refreshJwt)
   * console.log(nextRefreshAt, nextRefreshAtDate)
   * ```
   */
  declare readonly nextRefreshAt: number | undefined
  /**
   * Whether this is a response that the client remembered, and that it returned without a request of its own. False for
   * every response that a request brought; `http` is about that request in either case. Not enumerable.
   *
   * @example
   * ```ts
   * const response = await client.selectTenant('acme', refreshJwt)
   * console.log(response.reused ? 'remembered' : 'from the service')
   * ```
   */
  declare readonly reused: boolean

  /** @internal */
  declare readonly [SOURCE]: ResponseSource

  /**
   * The verified session of `sessionJwt`: the user, the active tenant, and what the user may do there. A response of
   * `selectTenant` or `refreshSession` has one, because verification is on by default.
   *
   * @throws {@link NotVerifiedError} when there is none: verification is switched off or failed, or this is the response of a
   *   sign-out. The message says which. `sessionOrUndefined` does not throw.
   *
   * @example
   * ```ts
   * const { session } = await client.selectTenant('acme', refreshJwt)
   * console.log(session.userId, session.activeTenant?.tenantId)
   * ```
   */
  get session(): Session {
    const found = this.sessionOrUndefined
    return found ?? runWithCallerStack(SESSION_GETTER, () => noSession(this[SOURCE]))
  }

  /**
   * The verified session; undefined where `session` throws.
   *
   * @example
   * ```ts
   * const gone = await client.logout(refreshJwt)
   * console.assert(gone.sessionOrUndefined === undefined)
   * ```
   */
  get sessionOrUndefined(): Session | undefined {
    return this[SOURCE]?.session
  }

  /** `nextRefreshAt` as a `Date`. */
  get nextRefreshAtDate(): Date | undefined {
    return optionalDate(this.nextRefreshAt)
  }

  /** `sessionExpiration` as a `Date`. */
  get sessionExpirationDate(): Date | undefined {
    return optionalDate(this.sessionExpiration)
  }

  /** `cookieExpiration` as a `Date`. */
  get cookieExpirationDate(): Date | undefined {
    return optionalDate(this.cookieExpiration)
  }

  /** @internal */
  get [SHAPE](): Shape {
    return JWT_RESPONSE
  }

  /**
   * Returns complete `Set-Cookie` values that set the tokens in the browser, or delete them after a sign-out. By
   * default they are `Secure`, `HttpOnly` and `SameSite=Strict` (RFC 6265). Send each as a separate header, together with
   * `Cache-Control: no-store`.
   *
   * @param options - changes to the cookies
   * @returns one value per cookie; none for a token that the response does not have, so the browser keeps its own
   * @throws {@link CookieTooLargeError} when name and value together are longer than the 4,096 bytes that browsers accept.
   * @throws {@link InvalidResponseError} when a name, domain or path of the response would break the header.
   * @throws {@link InvalidInputError} when one of the options would break it.
   * @throws The error of the failed verification, for a response taken from an error: such a response gives no cookies.
   *
   * @example
   * ```ts
   * const response = await client.selectTenant('acme', refreshJwt)
   * const headers = new Headers({ 'Cache-Control': 'no-store' })
   * for (const cookie of response.setCookieHeaders()) headers.append('Set-Cookie', cookie)
   * ```
   */
  setCookieHeaders(options?: CookieOptions): string[] {
    return runWithCallerStack(JWTResponse.prototype.setCookieHeaders, () => {
      const made = this[SOURCE]?.cookies
      if (made === undefined) throw new WrongArgument('this', 'setCookieHeaders needs a response that came from a call')
      const result = native.setCookieHeaders(made, cookieParts(options))
      // The response that the error carries is this one.
      if (result.state === 'failed') throw failure(result, () => this)
      return JSON.parse(result.json) as string[]
    })
  }
}

// Here and not with the errors, because the methods of responses throw errors: the errors know nothing of responses.
declare module '../errors/error.js' {
  interface ErrorDetails {
    /** The response that the error carries. */
    readonly response?: JWTResponse | undefined
  }

  interface TenantSelectError {
    /**
     * The response of an exchange that the service applied before something else failed, so that no token is lost: there is one
     * whenever `outcome` is `applied`. With another outcome it is the remembered response of an earlier call, which the error
     * is about. Not enumerable, so that it stays out of logs.
     */
    readonly response?: JWTResponse
  }
}

/** The getter of `session`, where the stacks of its errors begin. */
const SESSION_GETTER = Object.getOwnPropertyDescriptor(JWTResponse.prototype, 'session')?.get as Callable

/** Throws the error of the core for a response without a session. */
function noSession(source: ResponseSource | undefined): never {
  if (source === undefined) throw new WrongArgument('this', 'session needs a response that came from a call')
  throw failure(native.noSession(source.cookies))
}

/** The small members of a response, the first line of the core's text. */
interface ResponseView {
  readonly data: object
  readonly http: ResponseMetadataView
  readonly nextRefreshAt: number | null
  readonly reused: boolean
}

/** What the other members of a response are made from: a line each, which is empty when the response does not have it. */
class ResponseSource {
  readonly #lines: readonly string[]
  #user: User | undefined
  #idpResponse: IDPResponse | undefined
  #claims: JsonObject | undefined
  #session: Session | undefined

  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  has(line: number): boolean {
    return this.#lines[line] !== ''
  }

  get user(): User | undefined {
    this.#user ??= readUser(this.#line(USER))
    return this.#user
  }

  get idpResponse(): IDPResponse | undefined {
    this.#idpResponse ??= adopt(JSON.parse(this.#line(IDP_RESPONSE)) as object, IDPResponse)
    return this.#idpResponse
  }

  get claims(): JsonObject | undefined {
    this.#claims ??= JSON.parse(this.#line(CLAIMS)) as JsonObject
    return this.#claims
  }

  get session(): Session | undefined {
    this.#session ??= this.#lines.length > SESSION ? Session.of(this.#lines.slice(SESSION)) : undefined
    return this.#session
  }

  /** What the core makes the cookies from. */
  get cookies(): string {
    return this.#line(COOKIES)
  }

  #line(number: number): string {
    return this.#lines[number] as string
  }
}

const USER = 1
const IDP_RESPONSE = 2
const CLAIMS = 3
const COOKIES = 4
/** The first line of the session, when the response has one. */
const SESSION = 5

const LARGE: readonly (readonly [number, string, PropertyDescriptor])[] = [
  [USER, 'user', lazy<ResponseSource, 'user'>('user', true)],
  [IDP_RESPONSE, 'idpResponse', lazy<ResponseSource, 'idpResponse'>('idpResponse', true)],
  [CLAIMS, 'claims', lazy<ResponseSource, 'claims'>('claims', true)],
]

const RESERVED: ReadonlySet<string> = new Set(['http', 'nextRefreshAt', 'reused'])

/** @internal */
export function readResponse(text: string): JWTResponse {
  const lines = text.split('\n')
  const view = JSON.parse(lines[0] as string) as ResponseView
  const source = new ResponseSource(lines)
  return adopt(view.data, JWTResponse, RESERVED, (response) => {
    define(response, SOURCE, source, false)
    for (const [line, name, described] of LARGE) if (source.has(line)) Object.defineProperty(response, name, described)
    define(response, 'http', readResponseMetadata(view.http), false)
    define(response, 'nextRefreshAt', view.nextRefreshAt ?? undefined, false)
    define(response, 'reused', view.reused, false)
  })
}
