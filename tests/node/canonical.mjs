// Results and errors in the form that the contract cases state them in, the same for every language.

import { readFileSync } from 'node:fs'

export const names = JSON.parse(readFileSync(new URL('../names.json', import.meta.url), 'utf8'))

/** The case's name for an argument that an error names as TypeScript spells it. */
const caseName = new Map(names.options.map((option) => [option.typescript, option.case]))

const ERROR_MEMBERS = [
  'code',
  'outcome',
  'retryable',
  'attempts',
  'status',
  'errorCode',
  'errorDescription',
  'errorMessage',
  'retryAfter',
  'requestId',
  'argument',
  'path',
  'response',
]

/** What a call returned, in the parts that the case expects. */
export function canonicalResult(result, expected) {
  const parts = { value: plain(result) }
  if ('http' in expected) parts.http = plain(result.http)
  if ('session' in expected) parts.session = plain(result.session ?? null)
  if ('cookies' in expected) parts.cookies = result.setCookieHeaders()
  if ('clearingCookies' in expected) parts.clearingCookies = result.setCookieHeaders()
  return parts
}

/** What a call failed with. */
export function canonicalError(error) {
  const members = {}
  for (const name of ERROR_MEMBERS) {
    if (error[name] !== undefined && error[name] !== null) members[name] = plain(error[name])
  }
  if (members.argument !== undefined) members.argument = caseName.get(members.argument) ?? members.argument
  return members
}

/** Members that are null are the same as absent ones, at the top of an error. */
export function withoutNulls(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}

export function plain(value) {
  return JSON.parse(JSON.stringify(value))
}
