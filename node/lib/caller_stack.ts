/**
 * Makes stacks of exceptions begin at the line that called this package, not inside it.
 *
 * @module
 */

import type { Outcome } from './errors/error.js'
import { thrownBy } from './errors/from_native.js'
import type { TenantSelectError } from './errors/index.js'

/** Any public method or constructor: only its identity counts. */
export type Callable = ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown)

/** A captured stack. Reading it is expensive, and may run the application's own formatter of stacks. */
interface Captured {
  readonly stack?: unknown
}

/** Stacks captured before the call waits: one that begins at the caller, and where that may be empty the whole one. */
export type Trace = readonly Captured[]

/** Whether the engine may not find a method on the stack, and then captures nothing. V8, which Node and Deno have, finds it. */
const MAY_MISS = 'bun' in process.versions

/** Captures the stack that begins where `method` was called, and the whole one for engines that may not find `method` on it. */
export function traceOf(method: Callable): Trace {
  const trace: Captured[] = [{}]
  Error.captureStackTrace(trace[0] as Captured, method)
  if (MAY_MISS) {
    const whole: Captured = {}
    Error.captureStackTrace(whole)
    trace.push(whole)
  }
  return trace
}

/** The lines of a trace; empty when the stack limit is 0, or when the application's formatter returns no lines. */
function frames(trace: Trace): string {
  for (const captured of trace) {
    try {
      const { stack } = captured
      if (typeof stack === 'string' && stack.includes('\n')) return stack.slice(stack.indexOf('\n'))
    } catch {
      // The application's formatter failed; the error itself must not be lost.
    }
  }
  return ''
}

/**
 * Converts a thrown value to an error of this package whose stack begins where `method` was called.
 *
 * @param trace - the stack, when it was captured before
 * @param outcome - what the service may have done, when this package itself failed
 */
export function withCallerStack(
  caught: unknown,
  method: Callable,
  trace = traceOf(method),
  outcome: Outcome = 'not_sent',
): TenantSelectError {
  const error = thrownBy(caught, method.name, outcome)
  // Assigned and not defined: to define it, the engine would first format the former stack.
  error.stack = `${error.name}: ${error.message}${frames(trace)}`
  return error
}

/** Runs the body of a synchronous method. */
export function runWithCallerStack<T>(method: Callable, body: () => T): T {
  try {
    return body()
  } catch (caught) {
    throw withCallerStack(caught, method)
  }
}
