/**
 * Errors of the service: it responded and refused the request.
 *
 * @module
 */

import { TenantSelectError } from './error.js'

/**
 * The service refused the request.
 *
 * @example
 * ```ts
 * const error = await client.me('eyJhbGciOiJSUzI1NiJ9.e30.c2ln').catch((error: unknown) => error)
 * if (error instanceof APIStatusError) console.log(error.status, error.errorCode, error.errorDescription)
 * ```
 */
export class APIStatusError extends TenantSelectError {
  declare readonly code: 'API' | 'AUTHENTICATION' | 'PERMISSION_DENIED' | 'NOT_FOUND' | 'RATE_LIMITED' | 'SERVER'
}

/**
 * 401: the token is expired, revoked or not for this project.
 *
 * @example
 * ```ts
 * await client.logout(refreshJwt)
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * console.assert(error instanceof AuthenticationError && error.status === 401)
 * ```
 */
export class AuthenticationError extends APIStatusError {
  declare readonly code: 'AUTHENTICATION'
}

/**
 * 403.
 *
 * @example
 * ```ts
 * const error = await client.selectTenant('not-my-tenant', refreshJwt).catch((error: unknown) => error)
 * console.assert(error instanceof PermissionDeniedError && error.outcome === 'rejected')
 * ```
 */
export class PermissionDeniedError extends APIStatusError {
  declare readonly code: 'PERMISSION_DENIED'
}

/**
 * 404.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * if (error instanceof NotFoundError) console.error(error.requestId)
 * ```
 */
export class NotFoundError extends APIStatusError {
  declare readonly code: 'NOT_FOUND'
}

/**
 * 429, or this client still waits out an earlier 429; `retryAfter` says how long.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * if (error instanceof RateLimitError) console.log(`again in ${error.retryAfter} s`)
 * ```
 */
export class RateLimitError extends APIStatusError {
  declare readonly code: 'RATE_LIMITED'
}

/**
 * 5xx.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * if (error instanceof InternalServerError && error.retryable) console.log('try again later')
 * ```
 */
export class InternalServerError extends APIStatusError {
  declare readonly code: 'SERVER'
}
