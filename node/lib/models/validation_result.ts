import type { TenantSelectError } from '../errors/error.js'
import type { ErrorView } from '../errors/from_native.js'
import { type JWTResponse, readResponse } from './jwt_response.js'
import { readSession, type Session } from './session.js'

/**
 * The result of {@link Client.validateAndRefresh}.
 *
 * @example
 * ```ts
 * const { session, response, refreshError } = await client.validateAndRefresh(sessionJwt, refreshJwt)
 * const cookies = response?.setCookieHeaders() ?? []
 * console.log(session.userId, cookies.length, refreshError?.code)
 * ```
 */
export interface ValidationResult {
  /** The session of the presented token, or of the token that replaced it. */
  readonly session: Session
  /** The new tokens, when the session was refreshed. */
  readonly response: JWTResponse | undefined
  /**
   * Why the session was not refreshed `refreshBeforeMs` before its end, when that was tried and failed. The session is still
   * valid.
   */
  readonly refreshError: TenantSelectError | undefined
}

/** The core's JSON of a result. */
interface ValidationResultView {
  readonly session: string | null
  readonly response: string | null
  readonly refreshError: ErrorView | null
}

/** @internal */
export function readValidationResult(
  text: string,
  readError: (view: ErrorView) => TenantSelectError,
): ValidationResult {
  const view = JSON.parse(text) as ValidationResultView
  const refreshed = view.response === null ? undefined : readResponse(view.response)
  const found = view.session === null ? refreshed?.sessionOrUndefined : readSession(view.session)
  if (found === undefined) throw new TypeError('the result has no session')
  const failed = view.refreshError === null ? undefined : readError(view.refreshError)
  return { session: found, response: refreshed, refreshError: failed }
}
