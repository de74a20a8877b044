/**
 * A running emulator and its control methods.
 *
 * @module
 */

import type { ClientOptions } from '../client_options.js'
import { Client } from '../index.js'
import type { JsonObject, JsonValue } from '../models/json.js'
import type { Counters, EmulatorFault, EmulatorUser, JournalEntry, SignIn, WaitOptions } from './control.js'
import type { Program } from './program.js'
import { Control } from './request.js'
import type { AllEmulatorSettings, EmulatorSettings } from './settings.js'
import { type TokenOrder, tokenSpec } from './token.js'

/**
 * A running emulator: a real server of the API on this machine, with users, signed tokens, history, faults and a journal.
 * {@link startEmulator} starts it. It ends with `stop`, at the end of an `await using` scope, or at the latest with
 * this process.
 *
 * Every method that sends it a request rejects with an {@link EmulatorError} when the emulator refuses it or has ended.
 *
 * @example
 * ```ts
 * const emulator: Emulator = await startEmulator()
 * await emulator.addUser({ loginId: 'ada@example.com' })
 * await emulator.addFault({ path: '/v1/auth/me', kind: 'delay', delayMs: 20 })
 * const { refreshJwt } = await emulator.signIn('ada@example.com')
 * console.log((await emulator.client().me(refreshJwt)).email)
 * await emulator.stop()
 * ```
 */
export class Emulator implements AsyncDisposable {
  /** The base URL for clients. */
  readonly url: string
  /** The id of the emulated project. */
  readonly projectId: string
  /** With TLS, the certificate of the authority that clients must trust, in PEM. */
  readonly ca: string | undefined
  /** With TLS, a file with that certificate, for the option `caFile` of clients. It is removed when the emulator stops. */
  readonly caFile: string | undefined
  readonly #program: Program
  readonly #control: Control

  private constructor(program: Program, caFile: string | undefined) {
    const { ready } = program
    this.#program = program
    this.#control = new Control(ready.url, ready.ca)
    this.url = ready.url
    this.projectId = ready.projectId
    this.ca = ready.ca
    this.caFile = caFile
  }

  /** @internal */
  static of(program: Program, caFile: string | undefined): Emulator {
    return new Emulator(program, caFile)
  }

  /** The variables with which a client without options uses this emulator. */
  get environment(): Readonly<Record<string, string>> {
    const variables = { DESCOPE_PROJECT_ID: this.projectId, DESCOPE_BASE_URL: this.url }
    return this.caFile === undefined ? variables : { ...variables, TENANT_SELECT_CA_FILE: this.caFile }
  }

  /**
   * Creates a client of the emulated project. Omitted options are read from the option `environment` and not from that
   * of this process. No environment can change the service that it uses.
   */
  client(options: ClientOptions = {}): Client {
    // The base URL has two variables, and a client refuses two different values.
    const { DESCOPE_BASE_URI: _, ...given } = options.environment ?? {}
    return new Client({ ...options, environment: { ...given, ...this.environment } })
  }

  /** Adds a user, or replaces the one with the same login id. Returns the user as `me` does. */
  async addUser(user: EmulatorUser): Promise<JsonObject> {
    return this.control('POST', '/users', user as unknown as JsonObject)
  }

  /** Removes a user. The user's tokens are then refused. */
  async removeUser(loginId: string): Promise<void> {
    await this.control('DELETE', `/users/${encodeURIComponent(loginId)}`)
  }

  /** Removes a user from a tenant. Tokens that were issued before still list the tenant. */
  async revokeMembership(loginId: string, tenantId: string): Promise<void> {
    await this.control('DELETE', `/users/${encodeURIComponent(loginId)}/tenants/${encodeURIComponent(tenantId)}`)
  }

  /**
   * Signs a user in, optionally with an active tenant. Both tokens are in the response with every token delivery.
   *
   * @param options - `stepUp`: whether the user gives a second factor; session tokens then carry `su` for `stepUpLifetimeSeconds`
   */
  async signIn(
    loginId: string,
    tenant?: string,
    { stepUp = false }: { readonly stepUp?: boolean | undefined } = {},
  ): Promise<SignIn> {
    return this.control('POST', '/sign-in', { loginId, tenant: tenant ?? null, stepUp })
  }

  /** Makes a token without a user or a request: a valid session token unless the spec changes that. */
  async token(order: TokenOrder = {}): Promise<string> {
    const body = { tokens: { token: tokenSpec(order) } } as unknown as JsonObject
    const { token } = await this.control<{ token: { token: string } }>('POST', '/tokens', body)
    return token.token
  }

  /** Changes settings of the emulated project, if any are given; returns all of them. */
  async settings(changes?: EmulatorSettings): Promise<AllEmulatorSettings> {
    if (changes === undefined) return this.control('GET', '/settings')
    return this.control('PATCH', '/settings', changes as unknown as JsonObject)
  }

  /**
   * Moves the emulator's clock forward, or back with a negative number, for example to issue tokens that have expired.
   * Clients use the machine's clock.
   */
  async advanceClock(seconds: number): Promise<void> {
    await this.control('POST', '/clock', { advanceSeconds: seconds })
  }

  /** Creates a new signing key; the former keys stay in the key set unless they are retired. Returns the new key's id. */
  async rotateKeys(options: { readonly retire?: boolean } = {}): Promise<string> {
    const { kid } = await this.control<{ kid: string }>('POST', '/keys/rotate', { retire: options.retire ?? false })
    return kid
  }

  /** Adds a fault. */
  async addFault(fault: EmulatorFault): Promise<void> {
    await this.control('POST', '/faults', fault as unknown as JsonObject)
  }

  /** Removes all faults. */
  async clearFaults(): Promise<void> {
    await this.control('DELETE', '/faults')
  }

  /** The journal: received requests and clients that disconnected, oldest first, without tokens. */
  async requests(): Promise<JournalEntry[]> {
    return this.control('GET', '/requests')
  }

  /**
   * Waits until the journal contains an event; returns the journal.
   *
   * @param event - a request that arrived, one that got its response, or a client that disconnected
   * @throws {@link EmulatorError} when the time passes before the event.
   */
  async waitFor(event: 'request' | 'response' | 'disconnect', options: WaitOptions = {}): Promise<JournalEntry[]> {
    const query = new URLSearchParams({ waitFor: event })
    for (const [name, value] of Object.entries(options)) if (value !== undefined) query.set(name, String(value))
    return this.control('GET', `/requests?${query}`)
  }

  /** The numbers of events since the start or the last reset, including those that the journal no longer lists. */
  async counters(): Promise<Counters> {
    return this.control('GET', '/counters')
  }

  /** Empties the journal. */
  async clearRequests(): Promise<void> {
    await this.control('DELETE', '/requests')
  }

  /** Restores the initial state: the seed's users and settings, no sign-ins, no faults, an empty journal, the first keys. */
  async reset(): Promise<void> {
    await this.control('POST', '/reset')
  }

  /**
   * Makes any other control call of the emulator.
   *
   * @param path - below `/emulator`
   */
  async control<T>(method: string, path: string, body?: JsonValue): Promise<T> {
    const text = await this.#control.request(method, path, body === undefined ? undefined : JSON.stringify(body))
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  /** Ends the emulator. A second call has no effect. */
  async stop(): Promise<void> {
    this.#control.close()
    await this.#program.stop()
  }

  /** {@link Emulator.stop | Stops} at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
