/**
 * Makes exceptions of the errors that the core writes, in which names are spelled as TypeScript has them.
 *
 * @module
 */

import { WrongArgument } from '../arguments.js'
import type { CallResult } from '../native/binding.js'
import { native } from '../native/index.js'
import { type Outcome, set } from './error.js'
import { CLASSES, type ErrorCode, type ErrorDetails, TenantSelectError } from './index.js'

/** What the core writes about an error, and as text of its own about the response that the error carries. */
export interface ErrorView extends Omit<ErrorDetails, 'response' | 'cause'> {
  readonly code: string
  readonly message: string
  readonly causes: readonly string[]
  readonly response?: string
}

/** Makes the response of an error. Passed in, because responses throw errors themselves. */
type ReadResponse = (text: string) => NonNullable<ErrorDetails['response']>

type ErrorClass = new (message: string, details: ErrorDetails) => TenantSelectError

/** Makes an exception from a call that failed. */
export function failure(result: CallResult, readResponse?: ReadResponse): TenantSelectError {
  return exception(JSON.parse(result.json) as ErrorView, readResponse)
}

/** Makes an exception from a core error; `cause` replaces the causes from the core. */
export function exception(view: ErrorView, readResponse?: ReadResponse, cause?: unknown): TenantSelectError {
  const { code, message, causes, response, ...details } = view
  // A code that this facade does not know becomes the root class.
  const type = (Object.hasOwn(CLASSES, code) ? CLASSES[code as ErrorCode] : TenantSelectError) as unknown as ErrorClass
  const error = new type(message, {
    ...details,
    cause: cause ?? chain(causes),
    response: response === undefined ? undefined : readResponse?.(response),
  })
  if (error.code !== code) set(error, 'code', code, true)
  return error
}

function chain([message, ...causes]: readonly string[]): Error | undefined {
  if (message === undefined) return undefined
  const error = causes.length === 0 ? new Error(message) : new Error(message, { cause: chain(causes) })
  // The place where this object is made is not where the cause arose.
  error.stack = `${error.name}: ${message}`
  return error
}

/**
 * Makes an exception of what was thrown inside a method.
 *
 * @param caught - an exception of this package, a {@link WrongArgument}, or anything else, which is a fault of this package
 * @param method - the name of the method that was called; the exception has it as its operation when it is one
 * @param outcome - what the service may have done, when this package itself failed
 */
export function thrownBy(caught: unknown, method: string, outcome: Outcome): TenantSelectError {
  if (caught instanceof TenantSelectError) return caught
  if (caught instanceof WrongArgument) return failure(native.wrongArgument(method, caught.argument, caught.message))
  // Without the message of the cause, which may quote the data that was read.
  return exception(JSON.parse(native.bindingFailed(method, outcome).json), undefined, caught)
}
