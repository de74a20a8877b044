import { adopt, Model, SHAPE, type Shape, shape } from './model.js'

const REQUEST_TOKENS = shape('!sessionJwt', '!refreshJwt')

/**
 * The tokens of an incoming request. Printing shows which tokens are present, not their values.
 *
 * @example
 * ```ts
 * const { sessionJwt, refreshJwt } = client.tokensFromRequest('DS=a.b.c; DSR=d.e.f')
 * console.assert(sessionJwt === 'a.b.c' && refreshJwt === 'd.e.f')
 * ```
 */
export class RequestTokens extends Model {
  /** The session token, when the request has one. */
  declare readonly sessionJwt?: string
  /** The refresh token, when the request has one. */
  declare readonly refreshJwt?: string

  /** @internal */
  static of({ sessionJwt, refreshJwt }: { sessionJwt?: string | null; refreshJwt?: string | null }): RequestTokens {
    const found = { ...(sessionJwt ? { sessionJwt } : {}), ...(refreshJwt ? { refreshJwt } : {}) }
    return adopt(found, RequestTokens)
  }

  /** @internal */
  get [SHAPE](): Shape {
    return REQUEST_TOKENS
  }
}
