/**
 * What every error of this package has, and how it is printed.
 *
 * @module
 */

import type { ErrorCode } from './code.js'

/**
 * May the service have acted on the call that failed?
 *
 * - `not_sent`: nothing left this process, or nothing that the service could have read
 * - `not_processed`: the request arrived, and certainly was not acted upon
 * - `rejected`: the service looked at the request and refused it
 * - `unknown`: the service may or may not have acted
 * - `applied`: the service acted; something after that failed
 *
 * @example
 * ```ts
 * const mayHaveSwitched = (outcome: Outcome) => outcome === 'unknown' || outcome === 'applied'
 * ```
 */
export type Outcome = 'not_sent' | 'not_processed' | 'rejected' | 'unknown' | 'applied'

/**
 * The fields of an error besides its message.
 *
 * @example
 * ```ts
 * const details: ErrorDetails = { status: 404, outcome: 'rejected' }
 * const error = new NotFoundError('no such tenant', details) // for the test of an application
 * ```
 */
export interface ErrorDetails {
  /** The method of the client that failed. */
  readonly operation?: string | undefined
  /** May the service have acted? Default `unknown`. */
  readonly outcome?: Outcome | undefined
  /** Whether the same call may be repeated. Default false. */
  readonly retryable?: boolean | undefined
  /** How many requests were sent for the call. Default 0. */
  readonly attempts?: number | undefined
  /** The HTTP status. */
  readonly status?: number | undefined
  /** The service's own code. */
  readonly errorCode?: string | undefined
  /** The service's description. */
  readonly errorDescription?: string | undefined
  /** The service's message. */
  readonly errorMessage?: string | undefined
  /** How many seconds the service requests to wait. */
  readonly retryAfter?: number | undefined
  /** The id under which the service knows the request. */
  readonly requestId?: string | undefined
  /** The argument or option that was refused. */
  readonly argument?: string | undefined
  /** Where the JSON body is wrong. */
  readonly path?: string | undefined
  /** What caused it. */
  readonly cause?: unknown
}

/**
 * The root of all errors of this package. Decide by `code`, `outcome` and `retryable`; the message is for people and not
 * part of the API. Neither the message nor anything printed holds a token.
 *
 * `instanceof` works only while one copy of the package is loaded; `code` always works.
 *
 * @example
 * ```ts
 * try {
 *   await client.selectTenant('acme', refreshJwt)
 * } catch (error) {
 *   if (!(error instanceof TenantSelectError)) throw error
 *   console.error(error.code, error.outcome, error.retryable, error.requestId)
 * }
 * ```
 */
export abstract class TenantSelectError extends Error {
  /** What went wrong: stable, upper-case, the same in every language. */
  declare readonly code: ErrorCode
  /**
   * The method of the client that was called, such as `selectTenant`; absent for what is no operation, such as making a client
   * or cookies. An error of `validateAndRefresh` has that name also when the refresh in it failed.
   */
  declare readonly operation?: string
  /** May the service have acted? */
  readonly outcome: Outcome
  /** Whether the same call may be repeated: the cause can pass, and repeating cannot do anything twice. */
  readonly retryable: boolean
  /** How many requests were sent for the call; 0 when none left this process. */
  readonly attempts: number
  /** The HTTP status, when a response arrived. */
  declare readonly status?: number
  /** The service's own code, such as `E011003`, verbatim. */
  declare readonly errorCode?: string
  /** The service's `errorDescription`. */
  declare readonly errorDescription?: string
  /** The service's `errorMessage`. */
  declare readonly errorMessage?: string
  /** How many seconds the service requests to wait (`Retry-After`, RFC 9110 §10.2.3). */
  declare readonly retryAfter?: number
  /** The id under which the service knows the request (`x-request-id`, else `cf-ray`). */
  declare readonly requestId?: string
  /** The argument or option that was refused, as it is spelled in TypeScript. */
  declare readonly argument?: string
  /** Where the JSON body is wrong, such as `user.createdTime`. */
  declare readonly path?: string

  /**
   * @param message - one sentence for people
   * @param details - what else is known
   */
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    // Own, because loggers copy the own properties of errors.
    if (this.code !== undefined) set(this, 'code', this.code, true)
    this.outcome = details.outcome ?? 'unknown'
    this.retryable = details.retryable ?? false
    this.attempts = details.attempts ?? 0
    for (const name of OPTIONAL) {
      const value = details[name]
      if (value !== undefined) set(this, name, value, true)
    }
    if (details.response !== undefined) set(this, 'response', details.response, false)
  }

  /** Everything but the stack, the cause and the response. Called by `JSON.stringify`. */
  toJSON(): object {
    return Object.assign({ name: this.name, message: this.message }, this)
  }
}

const OPTIONAL = [
  'operation',
  'status',
  'errorCode',
  'errorDescription',
  'errorMessage',
  'retryAfter',
  'requestId',
  'argument',
  'path',
] as const satisfies readonly (keyof ErrorDetails)[]

/** Sets a property of an error. */
export function set(target: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, name, { value, enumerable, writable: true, configurable: true })
}
