// The emulator as a child process, its control calls, and the two users that every test begins with.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, beforeEach } from 'node:test'
import { fileURLToPath } from 'node:url'
import descopeSdk from '@descope/node-sdk'

/** Where `cargo build -p tenant-select-emulator` puts the binary. */
const BUILT = fileURLToPath(new URL('../../../target/debug/tenant-select-emulator', import.meta.url))

export const ADA = {
  loginId: 'ada@example.com',
  userId: 'U2ada0000000000000000000001',
  name: 'Ada Lovelace',
  givenName: 'Ada',
  familyName: 'Lovelace',
  phone: '+441234567890',
  tenants: {
    acme: {
      name: 'Acme Ltd.',
      roles: ['admin', 'editor'],
      permissions: ['read', 'write'],
      customAttributes: { plan: 'gold', seats: 12 },
    },
    umbrella: { roles: ['viewer'], permissions: ['read'] },
  },
  roles: ['staff'],
  permissions: ['login'],
  customAttributes: { team: 'engines' },
}

export const BOB = {
  loginId: 'bob@example.com',
  userId: 'U2bob0000000000000000000001',
  tenants: { globex: { roles: ['owner'] } },
}

/**
 * A running emulator. It watches its standard input, which is ours to close: whatever happens to this process, the
 * emulator does not outlive it.
 */
export class Emulator {
  #process

  async start() {
    const binary = process.env.TENANT_SELECT_EMULATOR || BUILT
    this.#process = spawn(binary, ['--watch-stdin'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const failed = once(this.#process, 'exit').then(([code]) => {
      throw new Error(`the emulator ended with ${code} before it was ready`)
    })
    const lines = createInterface({ input: this.#process.stdout })
    const [line] = await Promise.race([once(lines, 'line'), failed])
    failed.catch(() => {}) // from now on an end is no failure
    ;({ url: this.url, projectId: this.projectId } = JSON.parse(line))
  }

  async stop() {
    const exited = once(this.#process, 'exit')
    this.#process.stdin.end()
    await exited
  }

  /** One control call: its response, decoded. */
  async control(method, path, body) {
    const response = await fetch(`${this.url}/emulator${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  /** A client of the SDK that points here. */
  client(options = {}) {
    return descopeSdk({ projectId: this.projectId, baseUrl: this.url, ...options })
  }

  /** A new sign-in: the response of the service, tokens in its body whatever the delivery. */
  signIn(loginId, tenant = null) {
    return this.control('POST', '/sign-in', { loginId, tenant })
  }

  settings(changes) {
    return this.control('PATCH', '/settings', changes)
  }

  /** Moves the emulator's clock; the SDK goes by the machine's. */
  advanceClock(advanceSeconds) {
    return this.control('POST', '/clock', { advanceSeconds })
  }

  /** Lets a new key sign: its id. */
  async rotateKeys({ retire = false } = {}) {
    return (await this.control('POST', '/keys/rotate', { retire })).kid
  }

  /** A token to order. */
  async mint(spec) {
    return (await this.control('POST', '/tokens', { tokens: { it: spec } })).it.token
  }

  /** The key set of the project. The journal is empty afterwards. */
  async publishedKeys() {
    const { keys } = await (await fetch(`${this.url}/v2/keys/${this.projectId}`)).json()
    await this.control('DELETE', '/requests')
    return keys
  }

  /** The requests that arrived since the last reset, those of one path if given. */
  async requests(path) {
    const entries = await this.control('GET', '/requests')
    return entries.filter((entry) => entry.event === 'request' && (path === undefined || entry.path === path))
  }

  /** How often the key set was fetched since the last reset. */
  async keyFetches() {
    return (await this.requests(`/v2/keys/${this.projectId}`)).length
  }
}

/** One emulator for the tests of a file, before each of them reset to Ada (two tenants) and Bob (one). */
export function useEmulator() {
  const emulator = new Emulator()
  before(() => emulator.start())
  beforeEach(async () => {
    await emulator.control('POST', '/reset')
    await emulator.control('POST', '/users', ADA)
    await emulator.control('POST', '/users', BOB)
  })
  after(() => emulator.stop())
  return emulator
}

const part = (token, index) => JSON.parse(Buffer.from(token.split('.')[index], 'base64url').toString())

/** The claims of a token, unverified. */
export const claims = (token) => part(token, 1)

/** The header of a token. */
export const header = (token) => part(token, 0)
