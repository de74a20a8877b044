/**
 * Why a request is refused.
 *
 * - `SIGNED_OUT` (401): there is no valid session, and none can be had without signing in
 * - `SESSION_EXPIRED` (401): the session is over; a request that sends the refresh token can renew it
 * - `AMBIGUOUS_COOKIE` (401): two cookies of one name have different values
 * - `STEP_UP_REQUIRED` (401): the user must step up first (RFC 9470)
 * - `CROSS_SITE` (403): another site caused the request
 * - `FORBIDDEN` (403): a role or a permission is missing
 * - `NOT_A_MEMBER` (404, or 403 by option): the tenant is not one of the user's, whether it exists or not
 * - `TENANT_NOT_ACTIVE` (409): the tenant is one of the user's, and not the active one
 * - `TENANT_SWITCHED` (303): the tenant was switched, and the page is to be loaded again
 * - `UNAVAILABLE` (503): the project's keys or the service are out of reach
 * - `SWITCH_UNKNOWN` (503): it is unknown whether the tenant was switched
 *
 * @example
 * ```ts
 * const toSignIn = (code: RefusalCode) => code === 'SIGNED_OUT' || code === 'SESSION_EXPIRED'
 * ```
 */
export type RefusalCode =
  | 'SIGNED_OUT'
  | 'SESSION_EXPIRED'
  | 'AMBIGUOUS_COOKIE'
  | 'STEP_UP_REQUIRED'
  | 'CROSS_SITE'
  | 'FORBIDDEN'
  | 'NOT_A_MEMBER'
  | 'TENANT_NOT_ACTIVE'
  | 'TENANT_SWITCHED'
  | 'UNAVAILABLE'
  | 'SWITCH_UNKNOWN'

/**
 * The problem document of a refusal (RFC 9457).
 *
 * @example
 * ```ts
 * const text = (problem: ProblemDocument) => `${problem.title}: ${problem.detail}`
 * ```
 */
export interface ProblemDocument {
  /** `about:blank`: the status says what kind of problem it is. */
  readonly type: string
  /** The name of the status. */
  readonly title: string
  /** The status. */
  readonly status: number
  /** What to tell a person. */
  readonly detail: string
  /** Why the request is refused. */
  readonly code: RefusalCode
  /** The id of the tenant that is active, with `TENANT_NOT_ACTIVE` alone. */
  readonly activeTenant?: string
}

/** The core's JSON of a refusal. */
export interface RefusalView {
  readonly status: number
  readonly code: RefusalCode
  readonly detail: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

/**
 * A request that must not reach its handler, and the response in the handler's place: `status`, the `headers` here besides
 * those of the result, and `body`.
 *
 * @example
 * ```ts
 * const { refusal } = await new RequestAuthenticator(client).authenticate({ method: 'GET', url: '/', headers: {} })
 * console.log(refusal?.status, refusal?.code) // 401 SIGNED_OUT
 * ```
 */
export class Refusal {
  /** The HTTP status of the response: 303, 401, 403, 404, 409 or 503. */
  readonly status: number
  /** Why the request is refused. */
  readonly code: RefusalCode
  /** What to tell a person, in one or two English sentences. It names no tenant. */
  readonly detail: string
  /**
   * The headers of the refusing response alone, with names in lower case: `www-authenticate` with 401 (RFC 6750, section 3, and
   * RFC 9470, section 3), `retry-after` with `UNAVAILABLE`, `location` with 303, and `content-type` where there is a body.
   */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The body of the response: the problem document as JSON, or nothing with 303. */
  readonly body: string

  private constructor(view: RefusalView) {
    this.status = view.status
    this.code = view.code
    this.detail = view.detail
    this.headers = view.headers
    this.body = view.body
  }

  /** @internal */
  static of(view: RefusalView): Refusal {
    return new Refusal(view)
  }

  /** The problem document (RFC 9457); undefined with 303. */
  get problem(): ProblemDocument | undefined {
    return this.body === '' ? undefined : (JSON.parse(this.body) as ProblemDocument)
  }
}
