/**
 * The response to a token exchange.
 *
 * @module
 */

import { WrongArgument } from '../arguments.js'
import { runWithCallerStack } from '../caller_stack.js'
import { type CookieOptions, cookieParts } from '../cookies.js'
import { failure } from '../errors/from_native.js'
import { native } from '../native/index.js'
import { IDPResponse } from './idp_response.js'
import type { JsonObject } from './json.js'
import { adopt, define, Model, SHAPE, type Shape, shape } from './model.js'
import { type ResponseMetadata, type ResponseMetadataView, readResponseMetadata } from './response_metadata.js'
import { Session, type SessionView } from './session.js'
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
 * The tokens of an exchange and what came with them: plain data in the wire's spelling, with `session`, `http` and
 * {@link JWTResponse.setCookieHeaders | setCookieHeaders} beside the data.
 *
 * @example
 * ```ts
 * const response = await client.selectTenant('acme', refreshJwt)
 * console.log(response) // shows no token
 * console.log(response.session?.activeTenant?.roles, response.http.requestId)
 * const body = JSON.stringify(response) // the real tokens, in the wire's shape
 * ```
 */
export class JWTResponse extends Model {
  /** The new session token, also when the service delivered it in a cookie. Never printed. */
  declare readonly sessionJwt?: string
  /** The new refresh token; absent when the old one stays in force. Never printed. */
  declare readonly refreshJwt?: string
  /** `Domain` for the cookies; empty for the host alone. */
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
  /** What the identity provider said. */
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
  /** The service's hint when to refresh next, in seconds. */
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

  /**
   * The verified session that `sessionJwt` stands for; undefined when verification is switched off or the response holds
   * no session token. Not enumerable.
   */
  declare readonly session: Session | undefined
  /** The HTTP metadata of the response. Not enumerable. */
  declare readonly http: ResponseMetadata

  /** @internal */
  get [SHAPE](): Shape {
    return JWT_RESPONSE
  }

  /**
   * Complete `Set-Cookie` values that hand the tokens to the browser, or take them away after a sign-out: `Secure`,
   * `HttpOnly` and `SameSite=Strict` unless told otherwise (RFC 6265). Send each as a header of its own, together with
   * `Cache-Control: no-store`.
   *
   * @param options - what to change about the cookies
   * @returns one value per cookie; a token that the response does not have leaves the browser's cookie alone
   * @throws {@link CookieTooLargeError} when a browser would drop the cookie: name and value above 4,096 bytes.
   * @throws {@link InvalidResponseError} when a name, domain or path of the response would break the header.
   * @throws {@link InvalidInputError} when one of the options would.
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
      const made = cookies.get(this)
      if (made === undefined) throw new WrongArgument('this', 'setCookieHeaders needs a response that came from a call')
      const result = native.setCookieHeaders(made, cookieParts(options))
      // What the error carries is this response.
      if (result.state === 'failed') throw failure(result, () => this)
      return JSON.parse(result.json) as string[]
    })
  }
}

/** The data from which the core makes the cookies of each response. Kept apart from the response, because it holds the tokens. */
const cookies = new WeakMap<JWTResponse, string>()

/** What the core writes about a response. */
export interface ResponseView {
  readonly data: object
  readonly session: SessionView | null
  readonly http: ResponseMetadataView
  /** For the core alone. */
  readonly cookies: string
}

const RESERVED: ReadonlySet<string> = new Set(['session', 'http'])

/** @internal */
export function readResponse(view: ResponseView): JWTResponse {
  const response = adopt(view.data, JWTResponse, RESERVED)
  if (response.user !== undefined) readUser(response.user)
  if (response.idpResponse !== undefined) adopt(response.idpResponse, IDPResponse)
  define(response, 'session', view.session === null ? undefined : Session.of(view.session), false)
  define(response, 'http', readResponseMetadata(view.http), false)
  cookies.set(response, view.cookies)
  return response
}
