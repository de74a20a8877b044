import type { Refusal } from '../models/refusal.js'

/**
 * The request must not reach its handler. Thrown by the methods of a {@link RequestContext}; an adapter turns it into the
 * response, which has `status`, `headers` besides those of the results, and `body`.
 *
 * @example
 * ```ts
 * const page = (error: unknown) => (error instanceof RequestRefused ? error.refusal.detail : 'Something went wrong.')
 * ```
 */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused'
  /** Why. */
  readonly refusal: Refusal
  /** The status of the response: that of the refusal, or 303 where `onRefusal` gave a location. */
  readonly status: number
  /** The same, under the name that frameworks read. */
  readonly statusCode: number
  /** The headers of the response besides those of the results. */
  readonly headers: Readonly<Record<string, string>>
  /** The body of the response. */
  readonly body: string

  /** @internal */
  constructor(refusal: Refusal, location: string | undefined) {
    super(`${refusal.status} ${refusal.code}`)
    this.refusal = refusal
    this.status = location === undefined ? refusal.status : 303
    this.statusCode = this.status
    this.headers = location === undefined ? Object.fromEntries(refusal.headers) : { location }
    this.body = location === undefined ? refusal.body : ''
  }

  /** The response without the headers of the results. Hono calls it. */
  getResponse(): Response {
    return new Response(this.body === '' ? null : this.body, { status: this.status, headers: this.headers })
  }
}
