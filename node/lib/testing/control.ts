/**
 * The types of control calls.
 *
 * @module
 */

import type { JsonObject, JsonValue } from '../models/json.js'

/**
 * A user of the emulated project. Omitted fields have the emulator's defaults.
 *
 * @example
 * ```ts
 * const ada: EmulatorUser = { loginId: 'ada@example.com', name: 'Ada', tenants: { acme: { roles: ['editor'] } } }
 * ```
 */
export interface EmulatorUser {
  /** The id with which the user signs in; it identifies the user in every call. */
  readonly loginId: string
  /** The `sub` of the user's tokens; generated when absent. */
  readonly userId?: string | undefined
  /** Full name. */
  readonly name?: string | undefined
  /** Email address; by default the login id when it has an `@`. */
  readonly email?: string | undefined
  /** Phone number. */
  readonly phone?: string | undefined
  /** The tenants that the user belongs to, by id. */
  readonly tenants?: Readonly<Record<string, EmulatorMembership>> | undefined
  /** Roles at project level. */
  readonly roles?: readonly string[] | undefined
  /** Permissions at project level. */
  readonly permissions?: readonly string[] | undefined
  /** Any JSON. */
  readonly customAttributes?: JsonObject | undefined
}

/**
 * The membership of a user in one tenant.
 *
 * @example
 * ```ts
 * const acme: EmulatorMembership = { name: 'Acme', roles: ['editor'], permissions: ['documents.write'] }
 * ```
 */
export interface EmulatorMembership {
  /** The tenant's name; by default its id. */
  readonly name?: string | undefined
  /** Roles in the tenant. */
  readonly roles?: readonly string[] | undefined
  /** Permissions in the tenant. */
  readonly permissions?: readonly string[] | undefined
  /** The tenant's custom attributes. */
  readonly customAttributes?: JsonObject | undefined
}

/**
 * A failure that the emulator simulates.
 *
 * @example
 * ```ts
 * const overloaded: EmulatorFault = {
 *   path: '/v1/auth/refresh',
 *   kind: 'status',
 *   status: 503,
 *   headers: { 'retry-after': '1' },
 * }
 * ```
 */
export interface EmulatorFault {
  /** The path of the requests; a path that ends in `*` is a prefix. */
  readonly path: string
  /** The method of the requests; by default any. */
  readonly method?: string | undefined
  /** The number of requests it applies to: 1 by default, `null` for all. */
  readonly times?: number | null | undefined
  /** The number of requests to skip first. */
  readonly skip?: number | undefined
  /** The share of the requests that it applies to, more than 0 and at most 1; by default all. */
  readonly probability?: number | undefined
  /** Selects the requests of that share: the same seed selects the same ones. Default 0. */
  readonly seed?: number | undefined
  /** The kind of fault. */
  readonly kind:
    | 'status'
    | 'delay'
    | 'reset'
    | 'close'
    | 'truncate'
    | 'garbage'
    | 'stall'
    | 'slow'
    | 'close_idle'
    | 'close_on_next'
    | 'goaway'
    | 'goaway_graceful'
    | 'refused_stream'
  /** The status of the response (`status`). */
  readonly status?: number | undefined
  /** Headers of the response (`status`). */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The body of the response (`status`), or the bytes to send (`garbage`). */
  readonly body?: JsonValue | undefined
  /** A delay before the fault, in milliseconds. */
  readonly delayMs?: number | undefined
  /** The number of bytes of the body to send (`truncate`, `stall`). */
  readonly afterBytes?: number | undefined
  /** Whether the call is carried out although it gets no response. */
  readonly apply?: boolean | undefined
}

/**
 * An entry of the emulator's journal: a received request, or a client that disconnected. It contains no token.
 *
 * @example
 * ```ts
 * const emulator = await startEmulator()
 * const journal: readonly JournalEntry[] = await emulator.requests()
 * const paths = journal.map((entry) => (entry.event === 'request' ? entry.path : 'left'))
 * await emulator.stop()
 * ```
 */
export type JournalEntry =
  | {
      readonly event: 'request'
      readonly sequence: number
      readonly time: string
      readonly connection: number
      readonly protocol: string
      readonly method: string
      readonly path: string
      readonly query: JsonObject
      readonly headers: JsonObject
      readonly authorization: { readonly parts: number; readonly fingerprint: string } | null
      readonly bodyKeys: readonly string[] | null
      readonly refreshToken: RefreshTokenEntry | null
      readonly status: number | null
      readonly fault: string | null
    }
  | {
      readonly event: 'disconnect'
      readonly sequence: number
      readonly time: string
      readonly connection: number
      readonly duringRequest: boolean
    }

/**
 * The refresh token that a call presented, and what became of it.
 *
 * @example
 * ```ts
 * const emulator = await startEmulator({ seed: { users: [{ loginId: 'ada@example.com' }] } })
 * const { refreshJwt } = await emulator.signIn('ada@example.com')
 * await emulator.client().refreshSession(refreshJwt)
 * const [entry] = await emulator.requests()
 * const presented: RefreshTokenEntry | null = entry?.event === 'request' ? entry.refreshToken : null
 * console.assert(presented?.status === 'current' && !presented.revoked)
 * await emulator.stop()
 * ```
 */
export interface RefreshTokenEntry {
  /** The first eight hexadecimal digits of the SHA-256 of the token. */
  readonly fingerprint: string
  /** The number of its sign-in since the last reset, from 1; `null` for an unknown token. */
  readonly signIn: number | null
  /** The token's number among those of its sign-in, from 1; `null` for an unknown token. */
  readonly number: number | null
  /** Its state; a token with one of the first two is accepted, the others are refused. */
  readonly status: 'current' | 'grace' | 'superseded' | 'logged_out' | 'inactive' | 'unknown'
  /** Whether the sign-in ended because this superseded token was used again. */
  readonly revoked: boolean
  /** What a selection or refresh issued: the tenant of the tokens, and the new refresh token if there is one. */
  readonly issued: {
    readonly tenant: string | null
    readonly number: number | null
    readonly fingerprint: string | null
  } | null
}

/**
 * The numbers of events since the start or the last reset.
 *
 * @example
 * ```ts
 * const emulator = await startEmulator()
 * const { revocations }: Counters = await emulator.counters()
 * console.assert(revocations === 0)
 * await emulator.stop()
 * ```
 */
export interface Counters {
  /** Sign-ins by the control call. */
  readonly signIns: number
  /** Refreshes that issued tokens. */
  readonly refreshes: number
  /** Selections that issued tokens. */
  readonly selections: number
  /** Calls with a superseded refresh token that was accepted within the rotation grace. */
  readonly graceUses: number
  /** Calls with a superseded refresh token that was refused. */
  readonly reuses: number
  /** Sign-ins that ended because of such a call. */
  readonly revocations: number
  /** Sign-outs that were carried out. */
  readonly logouts: number
  /** Requests and connections that a fault applied to. */
  readonly faults: number
}

/**
 * Conditions for the event to wait for.
 *
 * @example
 * ```ts
 * const second: WaitOptions = { path: '/v1/auth/refresh', count: 2, timeoutMs: 10_000 }
 * ```
 */
export interface WaitOptions {
  /** Only requests to this path count. */
  readonly path?: string | undefined
  /** The number of events; 1 by default. */
  readonly count?: number | undefined
  /** Only entries after the one with this `sequence` count. */
  readonly after?: number | undefined
  /** The longest wait in milliseconds: 5,000 by default, at most 60,000. */
  readonly timeoutMs?: number | undefined
}

/**
 * The tokens of a sign-in, and the other fields of the response that a browser gets.
 *
 * @example
 * ```ts
 * const emulator = await startEmulator({ seed: { users: [{ loginId: 'ada@example.com' }] } })
 * const { sessionJwt, refreshJwt }: SignIn = await emulator.signIn('ada@example.com')
 * await emulator.stop()
 * ```
 */
export interface SignIn {
  /** The session token. */
  readonly sessionJwt: string
  /** The refresh token. */
  readonly refreshJwt: string
  /** All other fields, in the service's spelling. */
  readonly [field: string]: JsonValue
}
