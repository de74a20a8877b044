import { type JWTResponse, type ResponseView, readResponse } from './jwt_response.js'
import { readSession, type Session, type SessionView } from './session.js'

/**
 * The result of {@link Client.validateAndRefresh}.
 *
 * @example
 * ```ts
 * const { session, response } = await client.validateAndRefresh(sessionJwt, refreshJwt)
 * const cookies = response?.setCookieHeaders() ?? []
 * console.log(session.userId, cookies.length)
 * ```
 */
export interface ValidationResult {
  /** The session of the presented token, or of the token that replaced it. */
  readonly session: Session
  /** The new tokens, when a refresh was needed. */
  readonly response: JWTResponse | undefined
}

/** @internal */
export function readValidationResult(view: {
  readonly session: SessionView | null
  readonly response: ResponseView | null
}): ValidationResult {
  const refreshed = view.response === null ? undefined : readResponse(view.response)
  const found = view.session === null ? refreshed?.session : readSession(view.session)
  if (found === undefined) throw new TypeError('the result has no session')
  return { session: found, response: refreshed }
}
