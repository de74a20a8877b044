/**
 * One call of the core as a promise: aborted by its signal, and failing with exceptions that point at the caller.
 *
 * @module
 */

import { cancelledBy } from './abort.js'
import type { CallHandle, CallParts, ResultHandle, Settled } from './binding.js'
import { Observed } from './diagnostics.js'
import type { Outcome } from './errors/error.js'
import { failure, wrongType } from './failure.js'
import { native } from './native.js'
import { type CallOptions, callParts } from './options.js'
import { readResponse } from './response.js'
import { type Callable, pointed, type Trace, traceOf } from './stack.js'

/** Starts a call of the core; one that has nothing to wait for comes back settled. */
type Send = (handle: CallHandle | undefined, parts: CallParts | undefined) => Settled | Promise<Settled>

/**
 * Makes a call.
 *
 * @param client - the client, by whose project diagnostics name the call
 * @param method - the public method that was called: the stack of an exception begins at its caller
 * @param options - the call's options
 * @param names - names of options that only this call has
 * @param read - makes the result of what the core wrote
 * @param prepare - takes the arguments over
 */
export async function call<View, Result>(
  client: { readonly projectId: string },
  method: Callable,
  options: CallOptions | undefined,
  names: readonly string[],
  read: (view: View, handle: ResultHandle) => Result,
  prepare: () => Send,
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
      const send = prepare()
      const handle = signal || observed ? new native.CallHandle() : undefined
      if (signal && handle) release = cancelledBy(signal, handle)
      let settled = send(handle, observe(own.parts, observed))
      if (isPending(settled)) {
        outcome = 'unknown'
        trace = traceOf(method)
        settled = await settled
      }
      // What has come in time is handed over, even if the signal was aborted since: new tokens must not be lost.
      if (settled.state !== 'cancelled' || signal === undefined) {
        const result = finish(settled, read)
        observed?.done(result, handle?.answered)
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

/** By its shape: where modules run in a context of their own, as under Jest, the addon's promises are of another realm. */
function isPending(settled: Settled | Promise<Settled>): settled is Promise<Settled> {
  return 'then' in settled
}

/** The call's settings, and who is told of its retries. */
function observe(parts: CallParts | undefined, observed: Observed | undefined): CallParts | undefined {
  const onRetry = observed?.onRetry
  return onRetry === undefined ? parts : { ...parts, onRetry }
}

function finish<View, Result>(settled: Settled, read: (view: View, handle: ResultHandle) => Result): Result {
  if (settled.state !== 'done') throw failure(settled, readResponse)
  // Reads that need the handle belong to calls that always have one.
  return read(JSON.parse(settled.json) as View, settled.handle as ResultHandle)
}
