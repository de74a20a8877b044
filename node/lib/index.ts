/**
 * Select a tenant for a signed-in Descope user as one typed, verified, observable step.
 *
 * @packageDocumentation
 */

export { Client } from './client.js'
export type { CookieOptions } from './cookies.js'
export type {
  DiagnosticsRequest,
  RequestEndMessage,
  RequestRetryMessage,
  RequestStartMessage,
} from './diagnostics.js'
export {
  type AnyTenantSelectError,
  APIConnectionError,
  APIStatusError,
  APITimeoutError,
  AuthenticationError,
  ClientClosedError,
  CookieTooLargeError,
  type ErrorCode,
  type ErrorDetails,
  InternalError,
  InternalServerError,
  InvalidInputError,
  InvalidResponseError,
  InvalidTokenError,
  isTenantSelectError,
  KeysUnavailableError,
  NotFoundError,
  type Outcome,
  PermissionDeniedError,
  RateLimitError,
  TenantMismatchError,
  TenantSelectError,
  TokenExpiredError,
  UserMismatchError,
} from './errors.js'
export { HistoryEntry } from './history.js'
export type { JsonObject, JsonValue } from './json.js'
export type {
  CallOptions,
  ClientOptions,
  MyTenantsOptions,
  RefreshOptions,
  ValidateOptions,
} from './options.js'
export { RequestTokens } from './request_tokens.js'
export { IDPResponse, JWTResponse, type ResponseMetadata } from './response.js'
export { Session, TenantGrant } from './session.js'
export { Tenant } from './tenant.js'
export { User, UserTenant } from './user.js'
export type { ValidationResult } from './validation_result.js'
