/**
 * The HTTP metadata of a response, for logs and support tickets.
 *
 * @example
 * ```ts
 * const { http }: { http: ResponseMetadata } = await client.refreshSession(refreshJwt)
 * console.log(http.status, http.requestId, http.attempts, http.clockSkew)
 * ```
 */
export interface ResponseMetadata {
  /** The HTTP status. */
  readonly status: number
  /** The id under which the service knows the request (`x-request-id`, else `cf-ray`). */
  readonly requestId: string | undefined
  /** The `cf-ray` header of the edge network. */
  readonly cfRay: string | undefined
  /** The number of requests of the call. */
  readonly attempts: number
  /**
   * By how many seconds the service's clock is ahead of this machine's; negative when it is behind. Undefined when the
   * response has no `Date` header that can be read, or came out of a cache (`Age`). The header has whole seconds and was
   * written before the response arrived, so 1 more or less means nothing (RFC 9110, section 6.6.1).
   */
  readonly clockSkew: number | undefined
}

/** The core's JSON of the metadata. */
export interface ResponseMetadataView {
  readonly status: number
  readonly requestId: string | null
  readonly cfRay: string | null
  readonly attempts: number
  readonly clockSkew: number | null
}

/** @internal */
export function readResponseMetadata(view: ResponseMetadataView): ResponseMetadata {
  const { status, requestId, cfRay, attempts, clockSkew } = view
  return {
    status,
    requestId: requestId ?? undefined,
    cfRay: cfRay ?? undefined,
    attempts,
    clockSkew: clockSkew ?? undefined,
  }
}
