/**
 * What the client tells `node:diagnostics_channel` about its calls. Nothing is made for a channel without subscribers, and
 * no message holds a token, a header, a body or an error: only counts, durations, and names that this package chose or the
 * service gave to the request.
 *
 * @module
 */

import { AsyncResource } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { type ErrorCode, type Outcome, TenantSelectError } from './errors/index.js'
import type { ResponseMetadata } from './models/response_metadata.js'
import type { Answered, Retried } from './native/binding.js'

/**
 * A call of the client: the same object in every message about it, so that a `WeakMap` or a span can be kept by it.
 *
 * @example
 * ```ts
 * const began = new WeakMap<DiagnosticsRequest, bigint>()
 * subscribe('tenant-select:request:start', (message) => {
 *   began.set((message as RequestStartMessage).request, process.hrtime.bigint())
 * })
 * ```
 */
export interface DiagnosticsRequest {
  /** The method that was called, such as `selectTenant`. */
  readonly operation: string
  /** The project that the client is for. */
  readonly projectId: string
}

/**
 * A message of the channel `tenant-select:request:start`: a method of the client was called. It is published before the
 * arguments are looked at; every start has its end.
 *
 * @example
 * ```ts
 * subscribe('tenant-select:request:start', (message) => {
 *   const { request } = message as RequestStartMessage
 *   console.debug(`${request.operation} began`)
 * })
 * ```
 */
export interface RequestStartMessage {
  /** The call. */
  readonly request: DiagnosticsRequest
}

/**
 * A message of the channel `tenant-select:request:retry`: an attempt failed, and the call is sent again after a wait.
 * Where identical exchanges in flight are one request, the call that began it is the one that retries.
 *
 * @example
 * ```ts
 * subscribe('tenant-select:request:retry', (message) => {
 *   const { request, attempts, waitMs, status } = message as RequestRetryMessage
 *   console.warn(`${request.operation}: attempt ${attempts} failed (${status ?? 'no answer'}), again in ${waitMs} ms`)
 * })
 * ```
 */
export interface RequestRetryMessage {
  /** The call. */
  readonly request: DiagnosticsRequest
  /** How many attempts were made so far. */
  readonly attempts: number
  /** How long the call waits before the next one, in milliseconds. */
  readonly waitMs: number
  /** What the last attempt may have done. */
  readonly outcome: Outcome
  /** The HTTP status of the last attempt, when it brought an answer. */
  readonly status: number | undefined
  /** The id under which the service knows the last attempt. */
  readonly requestId: string | undefined
}

/**
 * A message of the channel `tenant-select:request:end`: the promise of the call is about to settle.
 *
 * @example
 * ```ts
 * subscribe('tenant-select:request:end', (message) => {
 *   const { request, result, durationMs, code, requestId } = message as RequestEndMessage
 *   console.info(request.operation, result, code, `${durationMs.toFixed(1)} ms`, requestId)
 * })
 * ```
 */
export interface RequestEndMessage {
  /** The call. */
  readonly request: DiagnosticsRequest
  /** Whether it gave a result, rejected with an error, or rejected because its signal was aborted. */
  readonly result: 'done' | 'failed' | 'aborted'
  /** How long it took, in milliseconds. */
  readonly durationMs: number
  /** The error's code, when it failed. */
  readonly code: ErrorCode | undefined
  /** What the service may have done, when it failed. */
  readonly outcome: Outcome | undefined
  /** How many requests it took, those for keys apart; absent or 0 when it sent none. */
  readonly attempts: number | undefined
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined
  /** The id under which the service knows the request, when it told one. */
  readonly requestId: string | undefined
}

const start = channel('tenant-select:request:start')
const retry = channel('tenant-select:request:retry')
const end = channel('tenant-select:request:end')

/** What is known of a call at its end. */
type Facts = Pick<RequestEndMessage, 'code' | 'outcome' | 'attempts' | 'status' | 'requestId'>

/** A call that somebody listens to. */
export class Observed {
  readonly #request: DiagnosticsRequest
  readonly #began = performance.now()
  #ended = false

  private constructor(operation: string, projectId: string) {
    this.#request = { operation, projectId }
    if (start.hasSubscribers) start.publish({ request: this.#request } satisfies RequestStartMessage)
  }

  /** Says that a call begins, and watches it; nothing when nobody listens. */
  static begin(operation: string, projectId: string): Observed | undefined {
    if (!start.hasSubscribers && !retry.hasSubscribers && !end.hasSubscribers) return undefined
    return new Observed(operation, projectId)
  }

  /** What the core tells of retries, in the asynchronous context of the call; nothing when nobody listens. */
  get onRetry(): ((retried: Retried) => void) | undefined {
    if (!retry.hasSubscribers) return undefined
    const request = this.#request
    return AsyncResource.bind(({ attempts, wait, outcome, status, requestId }: Retried) => {
      // Who shares an exchange with others may have left it; it goes on without him.
      if (this.#ended) return
      const message: RequestRetryMessage = {
        request,
        attempts,
        waitMs: wait * 1000,
        outcome: outcome as Outcome,
        status: status ?? undefined,
        requestId: requestId ?? undefined,
      }
      retry.publish(message)
    })
  }

  /** The call gave a result. */
  done(result: unknown, answered: Answered | null | undefined): void {
    // Of identical exchanges in flight one was sent; the result of the others tells of it.
    const { http: own, response } = result as {
      readonly http?: ResponseMetadata
      readonly response?: { readonly http: ResponseMetadata }
    }
    const http = answered ?? own ?? response?.http
    this.#end('done', { attempts: http?.attempts, status: http?.status, requestId: http?.requestId ?? undefined })
  }

  /** The call failed. */
  failed(error: unknown): void {
    this.#end('failed', error instanceof TenantSelectError ? error : {})
  }

  /** The call's signal was aborted. */
  aborted(): void {
    this.#end('aborted', {})
  }

  #end(result: RequestEndMessage['result'], facts: Partial<Facts>): void {
    this.#ended = true
    if (!end.hasSubscribers) return
    const { code, outcome, attempts, status, requestId } = facts
    const durationMs = performance.now() - this.#began
    const request = this.#request
    end.publish({
      request,
      result,
      durationMs,
      code,
      outcome,
      attempts,
      status,
      requestId,
    } satisfies RequestEndMessage)
  }
}
