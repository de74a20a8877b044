/**
 * Makes exceptions of the errors of the core and of this package's own checks, with TypeScript's names for arguments and
 * options.
 *
 * @module
 */

import type { JWTResponse, ResponseView } from '../models/jwt_response.js'
import type { CallResult } from '../native/binding.js'
import { type Outcome, set } from './error.js'
import {
  CLASSES,
  type ErrorCode,
  type ErrorDetails,
  InternalError,
  InvalidInputError,
  TenantSelectError,
} from './index.js'

/** What the core writes about an error. */
interface ErrorView extends Omit<ErrorDetails, 'response' | 'cause'> {
  readonly code: string
  readonly message: string
  readonly response?: ResponseView
  readonly causes?: readonly string[]
}

type ErrorClass = new (message: string, details: ErrorDetails) => TenantSelectError

/** Makes an exception of a core error. */
export function failure(result: CallResult, readResponse?: (view: ResponseView) => JWTResponse): TenantSelectError {
  const { code, message, causes = [], response, argument, ...details } = JSON.parse(result.json) as ErrorView
  // A code that this facade does not know becomes the root class.
  const type = (Object.hasOwn(CLASSES, code) ? CLASSES[code as ErrorCode] : TenantSelectError) as unknown as ErrorClass
  const spelled = argument === undefined ? undefined : (WITH_UNIT[argument] ?? camelCase(argument))
  const named = argument === undefined || spelled === undefined ? message : message.replace(argument, spelled)
  const error = new type(respelled(named, details.errorMessage ?? details.errorDescription), {
    ...details,
    argument: spelled,
    cause: chain(causes),
    response: response && readResponse?.(response),
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

/** Options whose TypeScript name contains the unit. */
const WITH_UNIT: Readonly<Record<string, string>> = {
  timeout: 'timeoutMs',
  connect_timeout: 'connectTimeoutMs',
  leeway: 'leewaySeconds',
}

/** The names that the core's messages write in snake_case. Here they are written in camelCase. */
const CORE_NAMES =
  /\b(?:active_only|allow_http|auth_management_key|base_url|ca_file|expect_tenant|external_token|http_only|max_token_bytes|project_id|public_key|refresh_cookie_name|refresh_jwt|retry_after|retry_unknown|same_site|sdk_name|session_cookie_name|session_jwt|tenant_id)\b/g

/** A message with TypeScript's names; the part that quotes the service is not changed. */
function respelled(text: string, quoted: string | undefined): string {
  const own = quoted ? text.split(quoted) : [text]
  return own.map((part) => part.replace(CORE_NAMES, camelCase)).join(quoted)
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** An argument that does not have the type of its signature. The text ends as the core's messages for such errors do. */
export function wrongType(argument: string, what: string): InvalidInputError {
  return new InvalidInputError(`${what}; nothing was sent; correct the argument and call again`, {
    argument,
    outcome: 'not_sent',
  })
}

/** Something went wrong in this package itself. */
export function internal(cause: unknown, outcome: Outcome): InternalError {
  // Without the message of the cause, which may quote the data that was read.
  return new InternalError('something failed that should not; see the cause, and please report it', { cause, outcome })
}
