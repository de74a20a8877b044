/**
 * Errors of local verification: a token that is invalid, is for another tenant or user, or cannot be checked.
 *
 * @module
 */

import { TenantSelectError } from './error.js'

/**
 * A token failed local verification: treat the caller as signed out.
 *
 * @example
 * ```ts
 * const error = await client.validateSession('not.a.token').catch((error: unknown) => error)
 * console.assert(error instanceof InvalidTokenError && error.code === 'INVALID_TOKEN')
 * ```
 */
export class InvalidTokenError extends TenantSelectError {
  declare readonly code: 'INVALID_TOKEN' | 'TOKEN_EXPIRED'
}

/**
 * The only fault of a token is its `exp`.
 *
 * @example
 * ```ts
 * const error = await client.validateSession(sessionJwt).catch((error: unknown) => error)
 * if (error instanceof TokenExpiredError) await client.refreshSession(refreshJwt)
 * ```
 */
export class TokenExpiredError extends InvalidTokenError {
  declare readonly code: 'TOKEN_EXPIRED'
}

/**
 * The project's keys are out of reach and nothing usable is cached.
 *
 * @example
 * ```ts
 * const offline = new Client({ baseUrl: 'http://127.0.0.1:9', retries: 0 })
 * const error = await offline.validateSession(sessionJwt).catch((error: unknown) => error)
 * console.assert(error instanceof KeysUnavailableError)
 * ```
 */
export class KeysUnavailableError extends TenantSelectError {
  declare readonly code: 'KEYS_UNAVAILABLE'
}

/**
 * The tokens are not for the tenant that was requested or is to be kept: `response` holds them. With the outcome `not_sent`
 * nothing was sent, because another call with the same refresh token has switched the tenant; `response` is what that brought.
 *
 * @example
 * ```ts
 * const error = await client.refreshSession(refreshJwt, { expectTenant: 'acme' }).catch((error: unknown) => error)
 * console.assert(error instanceof TenantMismatchError && error.response !== undefined)
 * ```
 */
export class TenantMismatchError extends TenantSelectError {
  declare readonly code: 'TENANT_MISMATCH'
}

/**
 * The token returned is not for the user whose token was presented; `response` holds what came.
 *
 * @example
 * ```ts
 * const error = await client.selectTenant('acme', refreshJwt).catch((error: unknown) => error)
 * if (error instanceof UserMismatchError) console.error('tokens of another user', error.requestId)
 * ```
 */
export class UserMismatchError extends TenantSelectError {
  declare readonly code: 'USER_MISMATCH'
}

/**
 * `session` was read of a response without a verified session: verification is switched off or failed, or the response is that
 * of a sign-out. The message says which.
 *
 * @example
 * ```ts
 * const gone = await client.logout(refreshJwt)
 * try {
 *   console.log(gone.session.userId)
 * } catch (error) {
 *   console.assert(error instanceof NotVerifiedError && gone.sessionOrUndefined === undefined)
 * }
 * ```
 */
export class NotVerifiedError extends TenantSelectError {
  declare readonly code: 'NOT_VERIFIED'
}
