import { boolean, knownKeys, text } from './arguments.js'
import type { CookieParts } from './native/binding.js'

/**
 * The options of {@link JWTResponse.setCookieHeaders}.
 *
 * @example
 * ```ts
 * const forLocalDevelopment: CookieOptions = { secure: false, sameSite: 'Lax' }
 * ```
 */
export interface CookieOptions {
  /** Whether the cookies are `Secure`, so that browsers send them over TLS only. Default true. */
  readonly secure?: boolean | undefined
  /** Whether the cookies are `HttpOnly`, so that scripts of the page cannot read them. Default true. */
  readonly httpOnly?: boolean | undefined
  /** Whether browsers send the cookies with requests from other sites. Default `Strict`; `None` requires `secure`. */
  readonly sameSite?: 'Strict' | 'Lax' | 'None' | undefined
  /** `Domain` for both cookies, in place of the response's; empty means this host only. */
  readonly domain?: string | undefined
  /** `Path` for both cookies, in place of the response's. */
  readonly path?: string | undefined
}

const NAMES = ['secure', 'httpOnly', 'sameSite', 'domain', 'path']

/** Cookie options for the core. */
export function cookieParts(options: CookieOptions | undefined): CookieParts | undefined {
  if (options === undefined) return undefined
  knownKeys(options, NAMES)
  const { secure, httpOnly, sameSite, domain, path } = options
  const parts: CookieParts = {}
  if (secure !== undefined) parts.secure = boolean('secure', secure)
  if (httpOnly !== undefined) parts.httpOnly = boolean('httpOnly', httpOnly)
  if (sameSite !== undefined) parts.sameSite = text('sameSite', sameSite)
  if (domain !== undefined) parts.domain = text('domain', domain)
  if (path !== undefined) parts.path = text('path', path)
  return parts
}
