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
 * {@link startEmulator} starts it. It ends with `stop`, with `await using`, and in any case with this process.
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
  /** With TLS, the authority that clients must trust, as PEM. */
  readonly ca: string | undefined
  /** With TLS, a file with that authority, for the option `caFile` of clients. It is there until the emulator stops. */
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

  /** The variables that make a client without options talk to this emulator. */
  get environment(): Readonly<Record<string, string>> {
    const variables = { DESCOPE_PROJECT_ID: this.projectId, DESCOPE_BASE_URL: this.url }
    return this.caFile === undefined ? variables : { ...variables, TENANT_SELECT_CA_FILE: this.caFile }
  }

  /**
   * A client of the emulated project. What the options leave out is looked for in their `environment` and not in that of this
   * process; which service it talks to no environment decides.
   */
  client(options: ClientOptions = {}): Client {
    // The address has two spellings, and a client refuses to choose between them.
    const { DESCOPE_BASE_URI: _, ...given } = options.environment ?? {}
    return new Client({ ...options, environment: { ...given, ...this.environment } })
  }

  /** Adds a user, or replaces the one with the same login id. Gives the user as `me` returns it. */
  async addUser(user: EmulatorUser): Promise<JsonObject> {
    return this.control('POST', '/users', user as unknown as JsonObject)
  }

  /** Removes a user, whose tokens stop counting. */
  async removeUser(loginId: string): Promise<void> {
    await this.control('DELETE', `/users/${encodeURIComponent(loginId)}`)
  }

  /** Takes a user out of a tenant. Tokens that were issued before say nothing of it. */
  async revokeMembership(loginId: string, tenantId: string): Promise<void> {
    await this.control('DELETE', `/users/${encodeURIComponent(loginId)}/tenants/${encodeURIComponent(tenantId)}`)
  }

  /**
   * Signs a user in, in a tenant if one is named. Both tokens are in the response, whatever their delivery.
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

  /** Makes a token: a valid session token unless the order says otherwise, without a user or a request. */
  async token(order: TokenOrder = {}): Promise<string> {
    const body = { tokens: { token: tokenSpec(order) } } as unknown as JsonObject
    const { token } = await this.control<{ token: { token: string } }>('POST', '/tokens', body)
    return token.token
  }

  /** Changes settings of the emulated project, if any are given; gives all of them. */
  async settings(changes?: EmulatorSettings): Promise<AllEmulatorSettings> {
    if (changes === undefined) return this.control('GET', '/settings')
    return this.control('PATCH', '/settings', changes as unknown as JsonObject)
  }

  /**
   * Moves the emulator's clock forward, or back with a negative number: tokens that are signed an hour back have expired
   * today. Clients keep the machine's clock.
   */
  async advanceClock(seconds: number): Promise<void> {
    await this.control('POST', '/clock', { advanceSeconds: seconds })
  }

  /** Lets a new key sign; the former keys stay in the key set unless they are retired. Gives the new key's id. */
  async rotateKeys(options: { readonly retire?: boolean } = {}): Promise<string> {
    const { kid } = await this.control<{ kid: string }>('POST', '/keys/rotate', { retire: options.retire ?? false })
    return kid
  }

  /** Lets something go wrong. */
  async addFault(fault: EmulatorFault): Promise<void> {
    await this.control('POST', '/faults', fault as unknown as JsonObject)
  }

  /** Forgets the faults that still wait. */
  async clearFaults(): Promise<void> {
    await this.control('DELETE', '/faults')
  }

  /** The journal: requests that arrived and clients that disconnected, the oldest first, without any token. */
  async requests(): Promise<JournalEntry[]> {
    return this.control('GET', '/requests')
  }

  /**
   * Waits for something to be in the journal; gives the journal.
   *
   * @param event - a request that arrived, one that got its response, or a client that disconnected
   * @throws {@link EmulatorError} when it did not happen in time.
   */
  async waitFor(event: 'request' | 'response' | 'disconnect', options: WaitOptions = {}): Promise<JournalEntry[]> {
    const query = new URLSearchParams({ waitFor: event })
    for (const [name, value] of Object.entries(options)) if (value !== undefined) query.set(name, String(value))
    return this.control('GET', `/requests?${query}`)
  }

  /** How often what happened since the start or the last reset, also when the journal has forgotten it. */
  async counters(): Promise<Counters> {
    return this.control('GET', '/counters')
  }

  /** Empties the journal. */
  async clearRequests(): Promise<void> {
    await this.control('DELETE', '/requests')
  }

  /** Back to the start: the seed's users and settings, no sign-ins, no faults, an empty journal, the first keys. */
  async reset(): Promise<void> {
    await this.control('POST', '/reset')
  }

  /**
   * Any other control call of the emulator.
   *
   * @param path - below `/emulator`
   */
  async control<T>(method: string, path: string, body?: JsonValue): Promise<T> {
    const text = await this.#control.request(method, path, body === undefined ? undefined : JSON.stringify(body))
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  /** Ends the emulator. Stopping twice is fine. */
  async stop(): Promise<void> {
    this.#control.close()
    await this.#program.stop()
  }

  /** {@link Emulator.stop | Stops} at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
