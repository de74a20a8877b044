/**
 * What is wrong around a client without failing its calls, such as a clock that is off: a warning of the process, and a message
 * of a channel.
 *
 * @module
 */

import { channel } from 'node:diagnostics_channel'
import { emitWarning } from 'node:process'
import type { ClientWarning } from './native/binding.js'

/**
 * A message of the channel `tenant-select:client:warning`. The same is emitted as a warning of the process, whose `name` is
 * `TenantSelectWarning` and whose `code` begins with `TENANT_SELECT_`. A client reports each thing once.
 *
 * @example
 * ```ts
 * subscribe('tenant-select:client:warning', (message) => {
 *   const warning = message as ClientWarningMessage
 *   if (warning.code === 'TENANT_SELECT_CLOCK_SKEW') console.warn(`the service's clock is ${warning.seconds} s ahead`)
 * })
 * ```
 */
export type ClientWarningMessage = ClockSkewMessage | LongCookiesMessage | SharedStateUnavailableMessage

/**
 * The service's clock differs from this machine's by more than the client's `leewaySeconds`, so that good tokens may be refused and
 * expired ones pass.
 *
 * @example
 * ```ts
 * subscribe('tenant-select:client:warning', (message) => {
 *   const { code, seconds } = message as ClockSkewMessage
 *   if (code === 'TENANT_SELECT_CLOCK_SKEW') console.warn(`the service's clock is ${seconds} s ahead`)
 * })
 * ```
 */
export interface ClockSkewMessage extends WarningMessage {
  /** What is wrong. */
  readonly code: 'TENANT_SELECT_CLOCK_SKEW'
  /** By how many seconds the service's clock is ahead; negative when it is behind. */
  readonly seconds: number
}

/**
 * A `Cookie` header with both cookies of a response is longer than the 8,190 bytes that servers accept.
 *
 * @example
 * ```ts
 * subscribe('tenant-select:client:warning', (message) => {
 *   const { code, projectId } = message as LongCookiesMessage
 *   if (code === 'TENANT_SELECT_LONG_COOKIES') console.warn(`project ${projectId}: give its refresh cookie a path of its own`)
 * })
 * ```
 */
export interface LongCookiesMessage extends WarningMessage {
  /** What is wrong. */
  readonly code: 'TENANT_SELECT_LONG_COOKIES'
}

/**
 * The Redis of `sharedState` is out of reach, slow, or refuses commands. Calls go on without it: what another process replaced
 * is not known until it can be used again. `client.diagnostics()` counts what follows.
 *
 * @example
 * ```ts
 * subscribe('tenant-select:client:warning', (message) => {
 *   const { code, message: text } = message as SharedStateUnavailableMessage
 *   if (code === 'TENANT_SELECT_SHARED_STATE_UNAVAILABLE') console.warn(text)
 * })
 * ```
 */
export interface SharedStateUnavailableMessage extends WarningMessage {
  /** What is wrong. */
  readonly code: 'TENANT_SELECT_SHARED_STATE_UNAVAILABLE'
}

interface WarningMessage {
  /** The project that the client is for. */
  readonly projectId: string
  /** What is wrong, and what to do about it. */
  readonly message: string
}

const reports = channel('tenant-select:client:warning')

/** Emits what a client has reported. */
export function emitWarnings(projectId: string, warnings: readonly ClientWarning[]): void {
  for (const { code, message, seconds } of warnings) {
    const name = `TENANT_SELECT_${code}`
    emitWarning(message, { type: 'TenantSelectWarning', code: name })
    if (reports.hasSubscribers)
      reports.publish({ projectId, code: name, message, ...(seconds === undefined ? {} : { seconds }) })
  }
}
