/**
 * A local server of the API, started for a test.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from '../index.js'
import type { JsonObject, JsonValue } from '../json.js'
import type { ClientOptions } from '../options.js'
import { emulatorBinary } from './binary.js'
import type { EmulatorFault, EmulatorUser, JournalEntry, JournalFilter, SignIn } from './control.js'

/**
 * How to start an emulator.
 *
 * @example
 * ```ts
 * const options: EmulatorOptions = { seed: { users: [{ loginId: 'ada@example.com' }] }, generateKeys: true }
 * const emulator = await startEmulator(options)
 * await emulator.stop()
 * ```
 */
export interface EmulatorOptions {
  /**
   * The program. Default: `TENANT_SELECT_EMULATOR`, else the npm package `tenant-select-emulator`, else the search path.
   */
  readonly binary?: string
  /** The id of the emulated project. Default: the emulator's own. */
  readonly projectId?: string
  /** Users and settings to begin with. */
  readonly seed?: { readonly users?: readonly EmulatorUser[]; readonly settings?: JsonObject }
  /** Whether to serve HTTPS and HTTP/2 under an authority of its own (`ca`). Default false. */
  readonly tls?: boolean
  /** Whether to sign with fresh keys instead of the built-in test keys. Default false. */
  readonly generateKeys?: boolean
  /** More arguments for the program. */
  readonly args?: readonly string[]
}

interface Ready {
  readonly url: string
  readonly projectId: string
  readonly ca?: string
}

/**
 * A running emulator: a real server of the API on this machine, with users, signed tokens, history, faults and a journal.
 * It ends with `stop`, with `await using`, and in any case with this process.
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
  readonly #process: ChildProcess

  /** @internal */
  constructor(child: ChildProcess, ready: Ready) {
    this.#process = child
    this.url = ready.url
    this.projectId = ready.projectId
    this.ca = ready.ca
  }

  /** A client of the emulated project. */
  client(options: ClientOptions = {}): Client {
    return new Client({ projectId: this.projectId, baseUrl: this.url, ...options })
  }

  /** Adds a user, or replaces the one with the same login id. Gives the user as `me` answers it. */
  async addUser(user: EmulatorUser): Promise<JsonObject> {
    return this.control('POST', '/users', user as unknown as JsonObject)
  }

  /** Takes a user out of a tenant. */
  async removeFromTenant(loginId: string, tenantId: string): Promise<void> {
    await this.control('DELETE', `/users/${encodeURIComponent(loginId)}/tenants/${encodeURIComponent(tenantId)}`)
  }

  /** Signs a user in, in a tenant if one is named. */
  async signIn(loginId: string, tenant?: string): Promise<SignIn> {
    return this.control('POST', '/sign-in', tenant === undefined ? { loginId } : { loginId, tenant })
  }

  /** Changes settings of the emulated project; gives all of them. */
  async configure(settings: JsonObject): Promise<JsonObject> {
    return this.control('PATCH', '/settings', settings)
  }

  /** Moves the emulator's clock forward, or back with a negative number. */
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

  /** What arrived so far; with a filter, what has arrived as soon as that has happened. */
  async requests(filter?: JournalFilter): Promise<JournalEntry[]> {
    const query = new URLSearchParams(
      Object.entries(filter ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
    )
    return this.control('GET', `/requests?${query}`)
  }

  /** Forgets users, sessions, settings, faults, clock and journal. */
  async reset(): Promise<void> {
    await this.control('POST', '/reset')
  }

  /**
   * Any other control call of the emulator.
   *
   * @param path - below `/emulator`
   * @throws Error with what the emulator said when it refuses.
   */
  async control<T>(method: string, path: string, body?: JsonValue): Promise<T> {
    const answer = await fetch(`${this.url}/emulator${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await answer.text()
    if (!answer.ok)
      throw new Error(`the emulator refused ${method} ${path} (${answer.status}): ${text.slice(0, 2_000)}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  /** Ends the emulator. Stopping twice is fine. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = once(this.#process, 'exit')
    this.#process.ref()
    this.#process.stdin?.end()
    await gone
  }

  /** {@link Emulator.stop | Stops} at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/**
 * Starts an emulator, ready for calls when the promise resolves.
 *
 * @throws Error when the program is not found or does not start, with what it said.
 *
 * @example
 * ```ts
 * import { startEmulator } from 'tenant-select/testing'
 *
 * const emulator = await startEmulator()
 * await emulator.addUser({ loginId: 'ada@example.com', tenants: { acme: { roles: ['editor'] } } })
 * const { refreshJwt } = await emulator.signIn('ada@example.com')
 * const response = await emulator.client().selectTenant('acme', refreshJwt)
 * console.assert(response.session?.activeTenant?.hasRoles(['editor']))
 * await emulator.stop()
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const args = ['--watch-stdin']
  if (options.projectId !== undefined) args.push('--project-id', options.projectId)
  if (options.tls) args.push('--tls')
  if (options.generateKeys) args.push('--generate-keys')
  const seed = options.seed && (await seedFile(options.seed))
  if (seed) args.push('--seed', join(seed, 'seed.json'))
  try {
    const child = spawn(emulatorBinary(options.binary), [...args, ...(options.args ?? [])], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const ready = await readyLine(child)
    // An emulator that nobody stopped must not keep the test process alive: it ends when its standard input closes.
    for (const handle of [child, child.stdin, child.stdout, child.stderr]) unref(handle)
    return new Emulator(child, ready)
  } finally {
    if (seed) await rm(seed, { recursive: true })
  }
}

/**
 * Starts an emulator for one test or suite of `node:test`, which stops it at the end.
 *
 * @param context - what the test function gets, or anything else that has `after`
 *
 * @example
 * ```ts
 * import test from 'node:test'
 * import { emulatorFor } from 'tenant-select/testing'
 *
 * test('a user without tenants lists none', async (t) => {
 *   const emulator = await emulatorFor(t)
 *   await emulator.addUser({ loginId: 'ada@example.com' })
 *   const { refreshJwt } = await emulator.signIn('ada@example.com')
 *   t.assert?.deepEqual(await emulator.client().myTenants(refreshJwt), [])
 * })
 * ```
 */
export async function emulatorFor(
  context: { after(hook: () => Promise<void>): void },
  options: EmulatorOptions = {},
): Promise<Emulator> {
  const emulator = await startEmulator(options)
  context.after(() => emulator.stop())
  return emulator
}

async function seedFile(seed: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tenant-select-'))
  await writeFile(join(folder, 'seed.json'), JSON.stringify(seed))
  return folder
}

/** The first line on standard output says that the emulator accepts connections. */
async function readyLine(child: ChildProcess): Promise<Ready> {
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4_000)
  })
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? missing(error) : error))
    child.once('exit', (code, signal) => reject(new Error(`the emulator ended at once (${code ?? signal}): ${said}`)))
    createInterface({ input: child.stdout ?? process.stdin }).once('line', (line) => resolve(JSON.parse(line) as Ready))
  })
}

function missing(cause: Error): Error {
  return new Error(
    'tenant-select-emulator was not found: run `npm install --save-dev tenant-select-emulator`, put the program on the ' +
      'search path, or name it in TENANT_SELECT_EMULATOR',
    { cause },
  )
}

function unref(handle: object | null): void {
  if (handle !== null && 'unref' in handle && typeof handle.unref === 'function') handle.unref()
}
