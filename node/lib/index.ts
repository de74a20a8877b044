/**
 * Select a tenant for a signed-in Descope user as one typed, verified, observable step.
 *
 * @packageDocumentation
 */

export { type AdapterOptions, type AdapterRequest, type RefusedRequest, RequestContext } from './adapters/context.js'
export { RequestRefused } from './adapters/refused.js'
export { RequestAuthenticator, type RequestAuthenticatorOptions } from './authenticator.js'
export { Client } from './client.js'
export type { ClientOptions } from './client_options.js'
export type { CookieAttributes, CookieOptions, CookieScope } from './cookies.js'
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
  NotVerifiedError,
  type Outcome,
  PermissionDeniedError,
  RateLimitError,
  TenantMismatchError,
  TenantSelectError,
  TokenExpiredError,
  UserMismatchError,
} from './errors/index.js'
export type { IncomingRequest, RequestHeaders } from './incoming_request.js'
export { AuthenticationResult } from './models/authentication_result.js'
export type { Diagnostics } from './models/diagnostics.js'
export { HistoryEntry } from './models/history_entry.js'
export { IDPResponse } from './models/idp_response.js'
export type { JsonObject, JsonValue } from './models/json.js'
export { JWTResponse } from './models/jwt_response.js'
export { type ProblemDocument, Refusal, type RefusalCode } from './models/refusal.js'
export { RequestTokens } from './models/request_tokens.js'
export { type HeaderRule, type HeaderStore, ResponseHeader } from './models/response_header.js'
export type { ResponseMetadata } from './models/response_metadata.js'
export { Session } from './models/session.js'
export { Tenant } from './models/tenant.js'
export { TenantGrant } from './models/tenant_grant.js'
export { User } from './models/user.js'
export { UserTenant } from './models/user_tenant.js'
export type { ValidationResult } from './models/validation_result.js'
export type {
  CallOptions,
  MyTenantsOptions,
  RefreshOptions,
  ValidateAndRefreshOptions,
  ValidateOptions,
} from './options.js'
export type { Requirement } from './requirement.js'
export type { TenantSwitchMessage } from './tenant_switch.js'
export type {
  ClientWarningMessage,
  ClockSkewMessage,
  LongCookiesMessage,
  SharedStateUnavailableMessage,
} from './warnings.js'
