/**
 * The `code` of every error of this package.
 *
 * @example
 * ```ts
 * const codes: readonly ErrorCode[] = ['CONNECTION', 'TIMEOUT', 'RATE_LIMITED', 'SERVER']
 * ```
 */
export type ErrorCode =
  | 'INVALID_INPUT'
  | 'CLIENT_CLOSED'
  | 'CONNECTION'
  | 'TIMEOUT'
  | 'INVALID_RESPONSE'
  | 'AUTHENTICATION'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'RATE_LIMITED'
  | 'SERVER'
  | 'API'
  | 'INVALID_TOKEN'
  | 'TOKEN_EXPIRED'
  | 'KEYS_UNAVAILABLE'
  | 'TENANT_MISMATCH'
  | 'USER_MISMATCH'
  | 'NOT_VERIFIED'
  | 'COOKIE_TOO_LARGE'
  | 'INTERNAL'
