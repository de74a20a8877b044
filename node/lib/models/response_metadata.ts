/**
 * The HTTP metadata of a response, for logs and support tickets.
 *
 * @example
 * ```ts
 * const { http }: { http: ResponseMetadata } = await client.refreshSession(refreshJwt)
 * console.log(http.status, http.requestId, http.attempts)
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
}

/** The core's JSON of the metadata. */
export interface ResponseMetadataView {
  readonly status: number
  readonly requestId: string | null
  readonly cfRay: string | null
  readonly attempts: number
}

/** @internal */
export function readResponseMetadata({ status, requestId, cfRay, attempts }: ResponseMetadataView): ResponseMetadata {
  return { status, requestId: requestId ?? undefined, cfRay: cfRay ?? undefined, attempts }
}
