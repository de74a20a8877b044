/**
 * Where the stack of an exception begins: at the line that called this package, not somewhere inside it.
 *
 * @module
 */

import { TenantSelectError } from './errors.js'
import { internal } from './failure.js'

/** Any public method or constructor: only its identity counts. */
export type Callable = ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown)

/** A stack taken while the caller still waited. */
export interface Trace {
  readonly stack?: string
}

/** Takes the stack that begins where `method` was called; all of it where `method` is not on it. */
export function traceOf(method: Callable): Trace {
  const trace: Trace = {}
  Error.captureStackTrace(trace, method)
  if (frames(trace) === '') Error.captureStackTrace(trace)
  return trace
}

/** The lines of a trace; none where a limit of none is set, or where an application formats stacks in its own way. */
function frames({ stack }: Trace): string {
  return typeof stack === 'string' && stack.includes('\n') ? stack.slice(stack.indexOf('\n')) : ''
}

/** What was thrown, as an error of this package whose stack begins where `method` was called, by that trace if given. */
export function pointed(caught: unknown, method: Callable, trace = traceOf(method)): TenantSelectError {
  const error = caught instanceof TenantSelectError ? caught : internal(caught)
  const stack = `${error.name}: ${error.message}${frames(trace)}`
  Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true })
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
