// Results and errors in the form that the contract cases state them in, the same for every language.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { AuthenticationResult, isTenantSelectError, JWTResponse, Session } from 'tenant-select'

export const names = JSON.parse(readFileSync(new URL('../names.json', import.meta.url), 'utf8'))

/** The case's name for an option that an error names as TypeScript spells it. */
const caseName = new Map(names.options.map((option) => [option.typescript, option.case])).set(
  'refreshBeforeMs',
  'refreshBeforeSeconds',
)

/** The case's name for an operation that an error names as TypeScript spells it. */
const caseOperation = new Map(names.operations.map((row) => [row.typescript, row.case]))

/** The parts of what a call returned. */
export function canonicalResult(result, { cookieOptions, grantChecks = [] } = {}) {
  if (result instanceof JWTResponse) return { value: plain(result), ...besides(result, cookieOptions, grantChecks) }
  if (result instanceof Session) return { value: sessionData(result), ...sessionParts(result, grantChecks) }
  if (result instanceof AuthenticationResult) return { value: authentication(result) }
  if (result?.session instanceof Session) {
    const { session, response } = result
    const value = { session: sessionData(session) }
    const refreshError = result.refreshError === undefined ? null : errorMembers(result.refreshError)
    if (response === undefined) return { value, refreshError, ...sessionParts(session, grantChecks) }
    const parts = besides(response, cookieOptions, grantChecks)
    return { value: { ...value, response: plain(response) }, refreshError, ...parts }
  }
  return { value: plain(result) }
}

/** What the request authenticator found, whole. An error is named by its code: the cases of the calls have the rest of it. */
function authentication({ session, grant, headers, refusal, cookieHeader, response, error }) {
  return withoutNulls({
    session: session === undefined ? null : sessionData(session),
    grant: grant === undefined ? null : plain(grant),
    headers: headers.map(({ name, value, rule }) => [name, value, rule]),
    refusal: refusal === undefined ? null : refusalData(refusal),
    cookieHeader: cookieHeader ?? null,
    response: response === undefined ? null : plain(response),
    error: error?.code ?? null,
  })
}

function refusalData({ status, code, headers, problem = null, body }) {
  assert.deepEqual(problem, body === '' ? null : JSON.parse(body))
  return withoutNulls({ status, code, headers, problem })
}

/** What a response has besides its data. */
function besides(response, cookieOptions, grantChecks) {
  const session = response.sessionOrUndefined
  // The clock of the machine stays out of `http`, which is compared whole.
  const { clockSkew = null, ...http } = response.http
  return {
    http: withoutNulls(plain(http)),
    clockSkew,
    nextRefreshAt: response.nextRefreshAt ?? null,
    reused: response.reused,
    session: session === undefined ? null : sessionData(session),
    cookies: cookies(response, cookieOptions),
    ...sessionParts(session, grantChecks),
  }
}

function sessionData(session) {
  return withoutNulls(plain(session))
}

/** What follows from the claims of a session. */
function sessionParts(session, grantChecks) {
  if (session === undefined) return { grantResults: null, sessionAttributes: null }
  const { cacheScope, amr, steppedUp, refreshExpiresAt } = session
  const sessionAttributes = plain({ cacheScope, amr, steppedUp, refreshExpiresAt })
  return { grantResults: grantResults(session, grantChecks), sessionAttributes }
}

/** How far a number that follows from two clocks may be from what is expected: a busy machine takes its time. */
const NEAR = 30

/** What is expected, with the number that was found in the place of each `{"$near": number}` that it is near to. */
export function withNear(expected, found) {
  if (expected === null || typeof expected !== 'object') return expected
  const { $near, ...rest } = expected
  if ($near !== undefined && Object.keys(rest).length === 0) {
    return Number.isInteger(found) && Math.abs(found - $near) <= NEAR ? found : expected
  }
  if (Array.isArray(expected)) return expected.map((item, index) => withNear(item, found?.[index]))
  return Object.fromEntries(Object.entries(expected).map(([name, item]) => [name, withNear(item, found?.[name])]))
}

/** The result of each check; null where there is no such tenant. */
function grantResults(session, grantChecks) {
  return grantChecks.map(({ tenant, activeTenant, ...check }) => {
    const [[method, wanted]] = Object.entries(check)
    const level = tenant !== undefined ? session.tenants[tenant] : activeTenant ? session.activeTenant : session
    return level === undefined ? null : level[method](wanted)
  })
}

function cookies(response, options) {
  try {
    return response.setCookieHeaders(options)
  } catch (error) {
    return { error: errorMembers(error) }
  }
}

/** The parts of what a call failed with. */
export function canonicalError(error, { cookieOptions } = {}) {
  const parts = { error: errorMembers(error) }
  return error.response === undefined ? parts : { ...parts, cookies: cookies(error.response, cookieOptions) }
}

function errorMembers(error) {
  if (!isTenantSelectError(error)) throw error
  const { code, outcome, retryable, attempts, status, errorCode, errorDescription, errorMessage } = error
  const { retryAfter, requestId, path, response } = error
  const operation = error.operation === undefined ? undefined : (caseOperation.get(error.operation) ?? error.operation)
  const argument = caseName.get(error.argument) ?? error.argument
  const service = { status, errorCode, errorDescription, errorMessage, retryAfter, requestId }
  return plain({ code, operation, outcome, retryable, attempts, ...service, argument, path, response })
}

/** Everything that a value shows of itself, to people and to loggers. */
export function printed(value) {
  const shown = [inspect(value, { depth: null }), inspect(value, { showHidden: true, depth: 6 }), `${value}`]
  if (value instanceof Error) shown.push(JSON.stringify(value), value.stack, value.message, inspect(value.cause))
  return shown.join('\n')
}

/** Members that are null are the same as absent ones, in what is ours. */
function withoutNulls(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}

function plain(value) {
  return JSON.parse(JSON.stringify(value))
}
