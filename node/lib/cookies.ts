import { boolean, knownKeys, text, WrongArgument } from './arguments.js'
import type { CookieAttributeParts, CookieParts } from './native/binding.js'

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
  /** Whether the cookies are `Partitioned`, which requires `secure`. Default false. */
  readonly partitioned?: boolean | undefined
  /** What the session cookie has of its own. */
  readonly session?: CookieAttributes | undefined
  /** What the refresh cookie has of its own. With a narrow path, few requests carry it. */
  readonly refresh?: CookieAttributes | undefined
  /**
   * Where older versions of the application have set these cookies. They are cleared, except where a new one is set. Default:
   * nowhere.
   */
  readonly clearScopes?: readonly CookieScope[] | undefined
}

/**
 * What one of the two cookies has of its own, in place of what {@link CookieOptions} says for both.
 *
 * @example
 * ```ts
 * const refresh: CookieAttributes = { path: '/auth' }
 * const response = await client.selectTenant('acme', refreshJwt)
 * console.log(response.setCookieHeaders({ refresh }).length)
 * ```
 */
export interface CookieAttributes {
  /** `SameSite` of this cookie. */
  readonly sameSite?: 'Strict' | 'Lax' | 'None' | undefined
  /** Whether this cookie is `Partitioned`. */
  readonly partitioned?: boolean | undefined
  /** `Domain` of this cookie; empty means this host only. */
  readonly domain?: string | undefined
  /** `Path` of this cookie. */
  readonly path?: string | undefined
  /** Whether there is no such cookie, because the application keeps the token itself. Default false. */
  readonly omit?: boolean | undefined
}

/**
 * Where a cookie was set.
 *
 * @example
 * ```ts
 * const clearScopes: readonly CookieScope[] = [{ domain: 'example.com', path: '/app' }]
 * const response = await client.logout(refreshJwt)
 * console.log(response.setCookieHeaders({ clearScopes }).length)
 * ```
 */
export interface CookieScope {
  /** `Domain` of the cookie. Default: this host only. */
  readonly domain?: string | undefined
  /** `Path` of the cookie. Default `/`. */
  readonly path?: string | undefined
}

const ATTRIBUTES = ['sameSite', 'partitioned', 'domain', 'path']
const NAMES = ['secure', 'httpOnly', ...ATTRIBUTES, 'session', 'refresh', 'clearScopes']

/** Cookie options for the core. */
export function cookieParts(options: CookieOptions | undefined): CookieParts | undefined {
  if (options === undefined) return undefined
  knownKeys(options, NAMES)
  const { secure, httpOnly, session, refresh, clearScopes } = options
  const parts: CookieParts = sharedParts(options)
  if (secure !== undefined) parts.secure = boolean('secure', secure)
  if (httpOnly !== undefined) parts.httpOnly = boolean('httpOnly', httpOnly)
  if (session !== undefined) parts.session = attributeParts(session)
  if (refresh !== undefined) parts.refresh = attributeParts(refresh)
  if (clearScopes !== undefined) {
    if (!Array.isArray(clearScopes)) throw new WrongArgument('clearScopes', 'clearScopes must be an array of scopes')
    parts.clearScopes = clearScopes.map((scope) => {
      knownKeys(scope, ['domain', 'path'])
      return sharedParts(scope)
    })
  }
  return parts
}

/** What one cookie has of its own, for the core. */
function attributeParts(options: CookieAttributes): CookieAttributeParts {
  knownKeys(options, [...ATTRIBUTES, 'omit'])
  const parts: CookieAttributeParts = sharedParts(options)
  if (options.omit !== undefined) parts.omit = boolean('omit', options.omit)
  return parts
}

/** What both cookies, one of them and a scope may have. */
function sharedParts({ sameSite, partitioned, domain, path }: CookieAttributes): CookieAttributeParts {
  const parts: CookieAttributeParts = {}
  if (partitioned !== undefined) parts.partitioned = boolean('partitioned', partitioned)
  if (sameSite !== undefined) parts.sameSite = text('sameSite', sameSite)
  if (domain !== undefined) parts.domain = text('domain', domain)
  if (path !== undefined) parts.path = text('path', path)
  return parts
}
