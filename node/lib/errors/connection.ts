/**
 * Errors of the way to the service and back: no answer, none in time, or none that can be understood.
 *
 * @module
 */

import { TenantSelectError } from './error.js'

/**
 * No complete answer arrived: DNS, connect, TLS, reset, or half a body.
 *
 * @example
 * ```ts
 * const lost = new Client({ baseUrl: 'http://127.0.0.1:9', retries: 0 })
 * const error = await lost.me(refreshJwt).catch((error: unknown) => error)
 * console.assert(error instanceof APIConnectionError && error.outcome === 'not_sent')
 * ```
 */
export class APIConnectionError extends TenantSelectError {
  declare readonly code: 'CONNECTION' | 'TIMEOUT'
}

/**
 * The deadline of the call passed.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt, { timeoutMs: 2_000 }).catch((error: unknown) => error)
 * if (error instanceof APITimeoutError) console.error(`no answer within two seconds: ${error.outcome}`)
 * ```
 */
export class APITimeoutError extends APIConnectionError {
  declare readonly code: 'TIMEOUT'
}

/**
 * A 2xx answer that is not what the API promises; `path` says where.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * if (error instanceof InvalidResponseError) console.error(`unexpected answer at ${error.path}`)
 * ```
 */
export class InvalidResponseError extends TenantSelectError {
  declare readonly code: 'INVALID_RESPONSE'
}
