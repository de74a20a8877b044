/**
 * What the client publishes to `node:diagnostics_channel` about its calls. A channel without subscribers costs nothing. No
 * message holds a token, a header, a body or an error: only counts, durations, and the names of operations and requests.
 *
 * @module
 */

import { AsyncResource } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import type { Callable } from './caller_stack.js'
import { type ErrorCode, type Outcome, TenantSelectError } from './errors/index.js'
import type { ResponseMetadata } from './models/response_metadata.js'
import type { ResponseSummary, RetryEvent } from './native/binding.js'

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
 * arguments are checked; every start message is followed by an end message.
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
 * When identical pending exchanges share a request, the call that began it publishes the retry.
 *
 * @example
 * ```ts
 * subscribe('tenant-select:request:retry', (message) => {
 *   const { request, attempts, waitMs, status } = message as RequestRetryMessage
 *   console.warn(`${request.operation}: attempt ${attempts} failed (${status ?? 'no response'}), again in ${waitMs} ms`)
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
  /** The HTTP status of the last attempt, when it got a response. */
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
  /** The HTTP status, when there was a response. */
  readonly status: number | undefined
  /** The id under which the service knows the request, when it gave one. */
  readonly requestId: string | undefined
}

const start = channel('tenant-select:request:start')
const retry = channel('tenant-select:request:retry')
const end = channel('tenant-select:request:end')

/** What is known of a call at its end. */
type EndDetails = Pick<RequestEndMessage, 'code' | 'outcome' | 'attempts' | 'status' | 'requestId'>

/** Publishes the messages of one call. */
export class CallDiagnostics {
  readonly #request: DiagnosticsRequest
  readonly #began = performance.now()
  #ended = false

  private constructor(operation: string, projectId: string) {
    this.#request = { operation, projectId }
    if (start.hasSubscribers) start.publish({ request: this.#request } satisfies RequestStartMessage)
  }

  /** Whether any channel has subscribers. */
  static get isObserved(): boolean {
    return start.hasSubscribers || retry.hasSubscribers || end.hasSubscribers
  }

  /** Publishes the start of a call; gives undefined when no channel has subscribers. */
  static begin(method: Callable, projectId: string): CallDiagnostics | undefined {
    if (!CallDiagnostics.isObserved) return undefined
    return new CallDiagnostics(method.name, projectId)
  }

  /** The callback for retries, bound to the asynchronous context of the call; undefined without subscribers. */
  get onRetry(): ((event: RetryEvent) => void) | undefined {
    if (!retry.hasSubscribers) return undefined
    const request = this.#request
    return AsyncResource.bind(({ attempts, wait, outcome, status, requestId }: RetryEvent) => {
      // The call may have ended while the exchange that it shares with others goes on.
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
  done(result: unknown, summary: ResponseSummary | null | undefined): void {
    // Calls that shared the request of another have no response of their own; their result describes the shared one.
    const { http: own, response } = result as {
      readonly http?: ResponseMetadata
      readonly response?: { readonly http: ResponseMetadata }
    }
    const http = summary ?? own ?? response?.http
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

  #end(result: RequestEndMessage['result'], details: Partial<EndDetails>): void {
    this.#ended = true
    if (!end.hasSubscribers) return
    const { code, outcome, attempts, status, requestId } = details
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
