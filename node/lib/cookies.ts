import { boolean, knownKeys, text } from './arguments.js'
import type { CookieParts } from './native/binding.js'

/**
 * What {@link JWTResponse.setCookieHeaders} may change about the cookies.
 *
 * @example
 * ```ts
 * const forLocalDevelopment: CookieOptions = { secure: false, sameSite: 'Lax' }
 * ```
 */
export interface CookieOptions {
  /** Whether browsers may send the cookies over TLS only. Default true. */
  readonly secure?: boolean | undefined
  /** Whether scripts in the page are kept from the cookies. Default true. */
  readonly httpOnly?: boolean | undefined
  /** When browsers send the cookies along from other sites. Default `Strict`; `None` needs `secure`. */
  readonly sameSite?: 'Strict' | 'Lax' | 'None' | undefined
  /** `Domain` for both cookies, in place of the response's; empty for the host alone. */
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
