/**
 * Errors of the connection: no response, none in time, or one that cannot be read.
 *
 * @module
 */

import { TenantSelectError } from './error.js'

/**
 * No complete response arrived: DNS, connect, TLS, reset, or half a body.
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
 * if (error instanceof APITimeoutError) console.error(`no response within two seconds: ${error.outcome}`)
 * ```
 */
export class APITimeoutError extends APIConnectionError {
  declare readonly code: 'TIMEOUT'
}

/**
 * A 2xx response that does not match the API; `path` says where.
 *
 * @example
 * ```ts
 * const error = await client.me(refreshJwt).catch((error: unknown) => error)
 * if (error instanceof InvalidResponseError) console.error(`unexpected response at ${error.path}`)
 * ```
 */
export class InvalidResponseError extends TenantSelectError {
  declare readonly code: 'INVALID_RESPONSE'
}
