/**
 * Switches of tenants, which the client publishes to `node:diagnostics_channel`.
 *
 * @module
 */

import { AsyncResource } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import type { ErrorCode, Outcome } from './errors/index.js'
import type { SwitchEvent } from './native/binding.js'
import { native } from './native/index.js'

/**
 * A message of the channel `tenant-select:tenant:switch`: a switch of a user's tenant has ended. It holds no token.
 *
 * There is one for every selection that is made, however many identical calls share it, whether it succeeded, was refused or
 * ended in doubt; and one for every refresh that brought another tenant. A call that gets a remembered response switches
 * nothing, and neither does one that is refused for its arguments.
 *
 * It is published before the promise of the call settles. A switch that completes after its callers were aborted or timed out
 * is published when it ends. Several calls may share a switch, so it is published in the asynchronous context of none.
 *
 * @example
 * ```ts
 * subscribe('tenant-select:tenant:switch', (message) => {
 *   const { time, userId, fromTenant, toTenant, outcome, code } = message as TenantSwitchMessage
 *   console.info(time.toISOString(), userId, `${fromTenant} -> ${toTenant}`, code ?? outcome)
 * })
 * ```
 */
export interface TenantSwitchMessage {
  /** When it ended. */
  readonly time: Date
  /** The project. */
  readonly projectId: string
  /** The user of the refresh token presented; undefined when verification is switched off. */
  readonly userId: string | undefined
  /** The tenant that the token sent names; undefined when it names none, or verification is switched off. */
  readonly fromTenant: string | undefined
  /**
   * The tenant that the user acts in now, or undefined when that is none; of a switch that did not succeed the one requested.
   * Another one than requested comes with the code `TENANT_MISMATCH`.
   */
  readonly toTenant: string | undefined
  /** Whether the service acted: `applied` for a switch that succeeded. */
  readonly outcome: Outcome
  /** The error's code; undefined for a switch that succeeded, and for one whose callers left before it was sent. */
  readonly code: ErrorCode | undefined
  /** The id under which the service knows the request, when it gave one. */
  readonly requestId: string | undefined
  /** How many requests were made. */
  readonly attempts: number
  /** How long it took, from the call on, in milliseconds. */
  readonly durationMs: number
}

const switches = channel('tenant-select:tenant:switch')

/** Made while the module is loaded, when there is no request of a server whose context could be taken for the switch's. */
const context = new AsyncResource('TenantSelectSwitch')

let listening = false

/**
 * Lets the addon tell of switches that come without a result, once there is a subscriber. Called before each call, because
 * channels do not announce subscriptions.
 */
export function listenForSwitches(): void {
  if (listening || !switches.hasSubscribers) return
  native.onSwitches(publishSwitches)
  listening = true
}

/** Publishes what the addon has told since, if there is a subscriber. Called when a result has arrived. */
export function publishSwitches(): void {
  if (!switches.hasSubscribers) return
  for (const event of native.takeSwitches() ?? []) context.runInAsyncScope(() => switches.publish(message(event)))
}

function message(event: SwitchEvent): TenantSwitchMessage {
  return {
    time: new Date(event.time),
    projectId: event.projectId,
    userId: event.userId ?? undefined,
    fromTenant: event.fromTenant ?? undefined,
    toTenant: event.toTenant ?? undefined,
    outcome: event.outcome as Outcome,
    code: (event.code ?? undefined) as ErrorCode | undefined,
    requestId: event.requestId ?? undefined,
    attempts: event.attempts,
    durationMs: event.duration * 1000,
  }
}
