/**
 * The data of requests to an emulator.
 *
 * @module
 */

import type { JsonObject, JsonValue } from '../models/json.js'

/**
 * A user of the emulated project. What is left out has the emulator's default.
 *
 * @example
 * ```ts
 * const ada: EmulatorUser = { loginId: 'ada@example.com', name: 'Ada', tenants: { acme: { roles: ['editor'] } } }
 * ```
 */
export interface EmulatorUser {
  /** What the user signs in with; the user's key in every call. */
  readonly loginId: string
  /** The `sub` of the user's tokens; made up when absent. */
  readonly userId?: string | undefined
  /** The name in full. */
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
 * What a user is in one tenant.
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
  /** The tenant's own attributes. */
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
  /** The path it hits; one that ends in `*` stands for every path that begins so. */
  readonly path: string
  /** The method it hits; by default every one. */
  readonly method?: string | undefined
  /** How many requests it hits: 1 by default, `null` for every one. */
  readonly times?: number | null | undefined
  /** How many requests it lets pass before. */
  readonly skip?: number | undefined
  /** The share of the requests that it hits, more than 0 and at most 1; by default all. */
  readonly probability?: number | undefined
  /** Which requests make up that share: the same seed hits the same ones. Default 0. */
  readonly seed?: number | undefined
  /** What happens. */
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
  /** How long to wait first, in milliseconds. */
  readonly delayMs?: number | undefined
  /** How much of the body arrives (`truncate`, `stall`). */
  readonly afterBytes?: number | undefined
  /** Whether the call is carried out although its response never arrives. */
  readonly apply?: boolean | undefined
}

/**
 * A line of the emulator's journal: a request that arrived, or a client that disconnected. It holds no token.
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
  /** The number of its sign-in since the last reset, from 1; `null` for a token that is not known. */
  readonly signIn: number | null
  /** The token's number among those of its sign-in, from 1; `null` for a token that is not known. */
  readonly number: number | null
  /** Whether it counts: the first two do. */
  readonly status: 'current' | 'grace' | 'superseded' | 'logged_out' | 'inactive' | 'unknown'
  /** Whether the sign-in ended because this superseded token came back. */
  readonly revoked: boolean
  /** What a selection or refresh issued: the tenant of the tokens, and the new refresh token if there is one. */
  readonly issued: {
    readonly tenant: string | null
    readonly number: number | null
    readonly fingerprint: string | null
  } | null
}

/**
 * How often what happened since the start or the last reset.
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
  /** Requests and connections that a fault hit. */
  readonly faults: number
}

/**
 * What is waited for besides the event.
 *
 * @example
 * ```ts
 * const second: WaitOptions = { path: '/v1/auth/refresh', count: 2, timeoutMs: 10_000 }
 * ```
 */
export interface WaitOptions {
  /** Only on this path. */
  readonly path?: string | undefined
  /** How many of them; 1 by default. */
  readonly count?: number | undefined
  /** Only after the entry with this `sequence`. */
  readonly after?: number | undefined
  /** How long to wait, in milliseconds: 5,000 by default, 60,000 at most. */
  readonly timeoutMs?: number | undefined
}

/**
 * The tokens of a sign-in, and the rest of the response that a browser would get.
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
  /** Everything else, as the service spells it. */
  readonly [field: string]: JsonValue
}
