/**
 * One call of the core as a promise: aborted by its signal, and failing with exceptions that point at the caller.
 *
 * @module
 */

import { cancelledBy } from './abort.js'
import { type Callable, pointed, type Trace, traceOf } from './caller_stack.js'
import { Observed } from './diagnostics.js'
import type { Outcome } from './errors/error.js'
import { failure, wrongType } from './errors/from_native.js'
import { readResponse } from './models/jwt_response.js'
import type { CallParts, Settled } from './native/binding.js'
import { native } from './native/index.js'
import { type CallOptions, callParts } from './options.js'

/** Starts a call of the core, under a number when it may be cancelled or is observed. */
type Send = (number: number | undefined, parts: CallParts | undefined) => Promise<Settled>

/** What has nothing to wait for: the result as JSON, or how it failed. */
type AtOnce = string | Settled

/**
 * Makes a call.
 *
 * @param client - the client, by whose project diagnostics name the call
 * @param method - the public method that was called: the stack of an exception begins at its caller
 * @param options - the call's options
 * @param names - names of options that only this call has
 * @param read - makes the result of what the core wrote
 * @param prepare - takes the arguments over, and gives what starts the call, or its end when there is nothing to wait for
 */
export async function call<View, Result>(
  client: { readonly projectId: string },
  method: Callable,
  options: CallOptions | undefined,
  names: readonly string[],
  read: (view: View) => Result,
  prepare: (parts: CallParts | undefined) => Send | AtOnce,
): Promise<Result> {
  const projectId = projectOf(client)
  if (projectId === undefined) throw pointed(wrongType('this', `${method.name} needs its client`), method)
  const observed = Observed.begin(method.name, projectId)
  let signal: AbortSignal | undefined
  let release: (() => void) | undefined
  let trace: Trace | undefined
  let outcome: Outcome = 'not_sent'
  try {
    const own = callParts(options, names)
    signal = own.signal
    if (!signal?.aborted) {
      const prepared = prepare(own.parts)
      if (typeof prepared !== 'function') {
        const result = finish(prepared, read)
        observed?.done(result, undefined)
        return result
      }
      const number = signal || observed ? native.newCall() : undefined
      if (signal && number !== undefined) release = cancelledBy(signal, number)
      const pending = prepared(number, observe(own.parts, observed))
      outcome = 'unknown'
      trace = traceOf(method)
      const settled = await pending
      // What has come in time is handed over, even if the signal was aborted since: new tokens must not be lost.
      if (settled.state !== 'cancelled' || signal === undefined) {
        const result = finish(settled, read)
        observed?.done(result, settled.answered)
        return result
      }
    }
  } catch (caught) {
    const error = pointed(caught, method, trace, outcome)
    observed?.failed(error)
    throw error
  } finally {
    release?.()
  }
  observed?.aborted()
  throw signal.reason
}

/** The project of a client; none of what is no client: nothing, as of a detached method, or a proxy, which has no private part. */
function projectOf(client: { readonly projectId: string }): string | undefined {
  try {
    return client.projectId
  } catch {
    return undefined
  }
}

/** The call's settings, and who is told of its retries. */
function observe(parts: CallParts | undefined, observed: Observed | undefined): CallParts | undefined {
  const onRetry = observed?.onRetry
  return onRetry === undefined ? parts : { ...parts, onRetry }
}

function finish<View, Result>(end: AtOnce, read: (view: View) => Result): Result {
  if (typeof end === 'string') return read(JSON.parse(end) as View)
  if (end.state !== 'done') throw failure(end, readResponse)
  return read(JSON.parse(end.json) as View)
}
