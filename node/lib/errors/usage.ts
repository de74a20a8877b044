/**
 * Errors of how the package was used, and of the package itself: the service has no part in them.
 *
 * @module
 */

import { type ErrorDetails, TenantSelectError } from './error.js'

/**
 * An argument or option was refused before anything was sent; `argument` names it.
 *
 * @example
 * ```ts
 * const error = await client.selectTenant('', refreshJwt).catch((error: unknown) => error)
 * console.assert(error instanceof InvalidInputError && error.argument === 'tenantId')
 * ```
 */
export class InvalidInputError extends TenantSelectError {
  declare readonly code: 'INVALID_INPUT'
  declare readonly argument: string

  /**
   * @param message - one sentence for people
   * @param details - what else is known; `argument` always is
   */
  constructor(message: string, details: ErrorDetails & { readonly argument: string }) {
    super(message, details)
  }
}

/**
 * The client was used after `close`.
 *
 * @example
 * ```ts
 * const closed = new Client()
 * closed.close()
 * const error = await closed.me(refreshJwt).catch((error: unknown) => error)
 * console.assert(error instanceof ClientClosedError)
 * ```
 */
export class ClientClosedError extends TenantSelectError {
  declare readonly code: 'CLIENT_CLOSED'
}

/**
 * A cookie would exceed the 4,096 bytes that browsers keep.
 *
 * @example
 * ```ts
 * const response = await client.selectTenant('acme', refreshJwt)
 * try {
 *   response.setCookieHeaders()
 * } catch (error) {
 *   if (!(error instanceof CookieTooLargeError)) throw error
 *   console.error('shorten the token with a JWT template')
 * }
 * ```
 */
export class CookieTooLargeError extends TenantSelectError {
  declare readonly code: 'COOKIE_TOO_LARGE'
}

/**
 * A fault of this library: please report it.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * if (error instanceof InternalError) console.error('please report', error.cause)
 * ```
 */
export class InternalError extends TenantSelectError {
  declare readonly code: 'INTERNAL'
}
