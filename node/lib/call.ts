/**
 * One call of the core as a promise: its signal aborts it, and its exceptions have the caller's stack.
 *
 * @module
 */

import { cancelledBy } from './abort.js'
import { WrongArgument } from './arguments.js'
import { type Callable, type Trace, traceOf, withCallerStack } from './caller_stack.js'
import { CallDiagnostics } from './diagnostics.js'
import type { Outcome, TenantSelectError } from './errors/error.js'
import { type ErrorView, exception, failure } from './errors/from_native.js'
import { readResponse } from './models/jwt_response.js'
import type { CallParts, CallResult } from './native/binding.js'
import { native } from './native/index.js'
import { type CallOptions, callParts } from './options.js'
import { listenForSwitches, publishSwitches } from './tenant_switch.js'
import { emitWarnings } from './warnings.js'

/** Starts a call of the core, with a number when it has a signal or diagnostics. */
type Send = (number: number | undefined, parts: CallParts | undefined) => Promise<Ended>

/** The end of a call: its result as text when there is nothing else to say. */
type Ended = string | CallResult

/** Makes an error that is part of a result. */
type ReadError = (view: ErrorView) => TenantSelectError

/**
 * Makes a call.
 *
 * @param client - the client, whose project appears in diagnostics
 * @param method - the public method that was called: the stack of an exception begins at its caller
 * @param options - the call's options
 * @param names - names of options that only this call has
 * @param read - creates the result from the core's text, and exceptions with the caller's stack from errors in it
 * @param prepare - checks the arguments and returns the function that starts the call, or the result when it is already
 * available
 */
export async function call<Result>(
  client: { readonly projectId: string },
  method: Callable,
  options: CallOptions | undefined,
  names: readonly string[],
  read: (text: string, readError: ReadError) => Result,
  prepare: (parts: CallParts | undefined) => Send | Ended,
): Promise<Result> {
  const projectId = projectOf(client)
  if (projectId === undefined)
    throw withCallerStack(new WrongArgument('this', `${method.name} needs its client`), method)
  const diagnostics = CallDiagnostics.begin(method, projectId)
  listenForSwitches()
  let signal: AbortSignal | undefined
  let release: (() => void) | undefined
  let trace: Trace | undefined
  let outcome: Outcome = 'not_sent'
  const readError: ReadError = (view) => withCallerStack(exception(view, readResponse), method, trace)
  try {
    const own = callParts(options, names)
    signal = own.signal
    if (!signal?.aborted) {
      const prepared = prepare(own.parts)
      if (typeof prepared !== 'function') {
        const result = finish(prepared, read, readError)
        diagnostics?.done(result, undefined)
        return result
      }
      const number = signal || diagnostics ? native.newCall() : undefined
      if (signal && number !== undefined) release = cancelledBy(signal, number)
      const pending = prepared(number, withRetryCallback(own.parts, diagnostics))
      outcome = 'unknown'
      trace = traceOf(method)
      const ended = await pending
      publishSwitches()
      const summary = typeof ended === 'string' ? undefined : ended
      if (summary?.warnings) emitWarnings(projectId, summary.warnings)
      // A result that arrived in time is returned even if the signal was aborted afterwards: new tokens must not be lost.
      if (summary?.state !== 'cancelled' || signal === undefined) {
        const result = finish(ended, read, readError)
        diagnostics?.done(result, summary?.response)
        return result
      }
    }
  } catch (caught) {
    const error = withCallerStack(caught, method, trace, outcome)
    diagnostics?.failed(error)
    throw error
  } finally {
    release?.()
  }
  diagnostics?.aborted()
  throw signal.reason
}

/** The project of a client; undefined when `this` is not a client: a detached method has none, a proxy lacks the private fields. */
function projectOf(client: { readonly projectId: string }): string | undefined {
  try {
    return client.projectId
  } catch {
    return undefined
  }
}

/** The settings of the call, with the callback for its retries. */
function withRetryCallback(
  parts: CallParts | undefined,
  diagnostics: CallDiagnostics | undefined,
): CallParts | undefined {
  const onRetry = diagnostics?.onRetry
  return onRetry === undefined ? parts : { ...parts, onRetry }
}

function finish<Result>(
  end: Ended,
  read: (text: string, readError: ReadError) => Result,
  readError: ReadError,
): Result {
  if (typeof end === 'string') return read(end, readError)
  if (end.state !== 'done') throw failure(end, readResponse)
  return read(end.json, readError)
}
