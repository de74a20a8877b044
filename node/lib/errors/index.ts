/**
 * The tree of errors, the same in every language of this project: the class and its `code` say what went wrong, `outcome` says
 * whether the service may have acted.
 *
 * @module
 */

import { types } from 'node:util'
import type { ErrorCode } from './code.js'
import { APIConnectionError, APITimeoutError, InvalidResponseError } from './connection.js'
import { set, TenantSelectError } from './error.js'
import {
  APIStatusError,
  AuthenticationError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from './status.js'
import { ClientClosedError, CookieTooLargeError, InternalError, InvalidInputError } from './usage.js'
import {
  InvalidTokenError,
  KeysUnavailableError,
  NotVerifiedError,
  TenantMismatchError,
  TokenExpiredError,
  UserMismatchError,
} from './verification.js'

export type { ErrorCode } from './code.js'
export * from './connection.js'
export * from './error.js'
export * from './status.js'
export * from './usage.js'
export * from './verification.js'

/** Code to class, in this place only. A test compares it with the core's list of kinds. */
export const CLASSES = {
  INVALID_INPUT: InvalidInputError,
  CLIENT_CLOSED: ClientClosedError,
  CONNECTION: APIConnectionError,
  TIMEOUT: APITimeoutError,
  INVALID_RESPONSE: InvalidResponseError,
  AUTHENTICATION: AuthenticationError,
  PERMISSION_DENIED: PermissionDeniedError,
  NOT_FOUND: NotFoundError,
  RATE_LIMITED: RateLimitError,
  SERVER: InternalServerError,
  API: APIStatusError,
  INVALID_TOKEN: InvalidTokenError,
  TOKEN_EXPIRED: TokenExpiredError,
  KEYS_UNAVAILABLE: KeysUnavailableError,
  TENANT_MISMATCH: TenantMismatchError,
  USER_MISMATCH: UserMismatchError,
  NOT_VERIFIED: NotVerifiedError,
  COOKIE_TOO_LARGE: CookieTooLargeError,
  INTERNAL: InternalError,
} as const satisfies Readonly<Record<ErrorCode, unknown>>

// On the prototypes, so that instances carry data alone.
for (const [code, type] of Object.entries(CLASSES)) {
  set(type.prototype, 'name', type.name, false)
  set(type.prototype, 'code', code, false)
}
set(TenantSelectError.prototype, 'name', 'TenantSelectError', false)

/**
 * Any error of this package, distinguished by `code`.
 *
 * @example
 * ```ts
 * const advice = (error: AnyTenantSelectError) =>
 *   error.code === 'RATE_LIMITED' ? `wait ${error.retryAfter} s` : error.message
 * ```
 */
export type AnyTenantSelectError = InstanceType<(typeof CLASSES)[ErrorCode]>

/**
 * Whether a caught value is an error of this package, of this or any other copy of it, so that `code` tells which.
 *
 * @example
 * ```ts
 * try {
 *   await client.selectTenant('acme', refreshJwt)
 * } catch (error) {
 *   if (!isTenantSelectError(error)) throw error
 *   switch (error.code) {
 *     case 'RATE_LIMITED':
 *       console.log(`again in ${error.retryAfter} s`)
 *       break
 *     case 'TENANT_MISMATCH':
 *       console.log('another request switched the tenant at the same time')
 *       break
 *     default:
 *       console.log(error.outcome)
 *   }
 * }
 * ```
 */
export function isTenantSelectError(error: unknown): error is AnyTenantSelectError {
  // `instanceof` recognises only errors of its own realm.
  if (!types.isNativeError(error)) return false
  const { code, outcome } = error as Partial<TenantSelectError>
  return typeof code === 'string' && Object.hasOwn(CLASSES, code) && typeof outcome === 'string'
}
