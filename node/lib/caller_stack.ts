/**
 * Where the stack of an exception begins: at the line that called this package, not somewhere inside it.
 *
 * @module
 */

import type { Outcome } from './errors/error.js'
import { internal } from './errors/from_native.js'
import { TenantSelectError } from './errors/index.js'

/** Any public method or constructor: only its identity counts. */
export type Callable = ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown)

/** A stack as the engine keeps it. Reading it is what costs, and may run code of the application that formats stacks. */
interface Captured {
  readonly stack?: unknown
}

/** The stack taken while the caller still waited: that of the caller, and all of it. */
export type Trace = readonly [Captured, Captured]

/** Takes the stack that begins where `method` was called, and all of it for engines that do not find `method` on it. */
export function traceOf(method: Callable): Trace {
  const trace: Trace = [{}, {}]
  Error.captureStackTrace(trace[0], method)
  Error.captureStackTrace(trace[1])
  return trace
}

/** The lines of a trace; none where a limit of none is set, or where an application formats stacks in its own way. */
function frames(trace: Trace): string {
  for (const captured of trace) {
    try {
      const { stack } = captured
      if (typeof stack === 'string' && stack.includes('\n')) return stack.slice(stack.indexOf('\n'))
    } catch {
      // The application's formatter failed; what it was to format must not be lost with it.
    }
  }
  return ''
}

/**
 * What was thrown, as an error of this package whose stack begins where `method` was called.
 *
 * @param trace - the stack, when it was taken before
 * @param outcome - what the service may have done, when this package itself failed
 */
export function pointed(
  caught: unknown,
  method: Callable,
  trace = traceOf(method),
  outcome: Outcome = 'not_sent',
): TenantSelectError {
  const error = caught instanceof TenantSelectError ? caught : internal(caught, outcome)
  // Assigned and not defined: to define it, the engine would format the former one first.
  error.stack = `${error.name}: ${error.message}${frames(trace)}`
  return error
}

/** Runs the body of a method that answers at once. */
export function pointing<T>(method: Callable, body: () => T): T {
  try {
    return body()
  } catch (caught) {
    throw pointed(caught, method)
  }
}
