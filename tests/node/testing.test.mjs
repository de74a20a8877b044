// The testing kit: how the emulator is found, started, controlled and stopped, and the fixtures.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { suite, test } from 'node:test'
import {
  AuthenticationError,
  Client,
  InvalidTokenError,
  PermissionDeniedError,
  RateLimitError,
  TokenExpiredError,
} from 'tenant-select'
import { EmulatorError, emulatorFor, environmentFor, signInAda, startEmulator } from 'tenant-select/testing'
import { run } from './child.mjs'
import { emulatorWithUser, received } from './emulator.mjs'
import { eventually } from './eventually.mjs'

/** Starts an emulator in a folder, and says which one it was, or what was wrong. */
const STARTING = `
  import { startEmulator } from 'tenant-select/testing'
  process.chdir(process.env.FOLDER)
  try {
    const emulator = await startEmulator(JSON.parse(process.env.OPTIONS))
    console.log(emulator.projectId)
    globalThis.hurry?.()
    await emulator.stop()
  } catch (error) {
    console.log(error.name + ': ' + error.message)
  }`

/** Programs that say they are ready, each for a project called after the place where it is found. */
async function candidates(t) {
  const folder = await mkdtemp(join(tmpdir(), 'tenant-select-kit-'))
  t.after(() => rm(folder, { recursive: true }))
  const program = async (name, directory = folder) => {
    await mkdir(directory, { recursive: true })
    const file = join(directory, 'tenant-select-emulator')
    await writeFile(file, `#!/bin/sh\necho '{"url":"http://127.0.0.1:9","projectId":"${name}"}'\nexec cat >/dev/null\n`)
    await chmod(file, 0o755)
    return file
  }
  const packaged = join(folder, 'node_modules/tenant-select-emulator')
  const places = {
    option: await program('option', join(folder, 'option')),
    variable: await program('variable', join(folder, 'variable')),
    package: await program('package', packaged),
    path: await program('path', join(folder, 'path')),
  }
  await writeFile(join(packaged, 'index.js'), `exports.binary = ${JSON.stringify(places.package)}`)
  const started = async (options, env = {}, before = '') => {
    const PATH = [join(folder, 'path'), process.env.PATH].join(delimiter)
    const given = { FOLDER: folder, OPTIONS: JSON.stringify(options), PATH, TENANT_SELECT_EMULATOR: '', ...env }
    const { stdout, stderr } = await run(before + STARTING, { env: given })
    assert.equal(stderr, '')
    return stdout.trim()
  }
  return { folder, places, packaged, started }
}

/** A program of the shell. */
async function script(folder, commands) {
  const file = join(await mkdtemp(join(folder, 'program-')), 'program')
  await writeFile(file, `#!/bin/sh\n${commands}\n`)
  await chmod(file, 0o755)
  return file
}

const skip = process.platform === 'win32'

suite('finding the emulator', { skip }, () => {
  test('the option, the variable, the package, the search path: the first that names one', async (t) => {
    const { places, packaged, started } = await candidates(t)
    const variable = { TENANT_SELECT_EMULATOR: places.variable }
    assert.equal(await started({ binary: places.option }, variable), 'option')
    assert.equal(await started({}, variable), 'variable')
    assert.equal(await started({}), 'package', 'an empty variable names nothing')
    await rm(packaged, { recursive: true })
    assert.equal(await started({}), 'path')
  })

  test('a missing program is an error that names the remedy', async (t) => {
    const { packaged, folder, started } = await candidates(t)
    await rm(packaged, { recursive: true })
    const said = await started({}, { PATH: folder })
    assert.match(said, /^EmulatorError: tenant-select-emulator, named by the search path, was not found: /)
    assert.match(said, /run `npm install --save-dev tenant-select-emulator`/)
  })

  test('a named program that does not exist is an error', async (t) => {
    const { started } = await candidates(t)
    assert.match(
      await started({}, { TENANT_SELECT_EMULATOR: '/nowhere/emulator' }),
      /^EmulatorError: \/nowhere\/emulator, named by TENANT_SELECT_EMULATOR, was not found: /,
    )
    assert.match(await started({ binary: '/nowhere/emulator' }), /named by the option `binary`, was not found/)
  })

  test('a package without the program of this platform raises its own error', async (t) => {
    const { packaged, started } = await candidates(t)
    await writeFile(join(packaged, 'index.js'), "throw new Error('installed without its program')")
    assert.equal(await started({}), 'EmulatorError: installed without its program')
  })

  test('the error for another program, or one that ends at once, includes its output', async (t) => {
    const { folder, started } = await candidates(t)
    assert.match(
      await started({ binary: '/bin/echo' }),
      /^EmulatorError: \/bin\/echo, .*, is no emulator: it printed --watch-stdin$/,
    )
    const other = await script(folder, 'echo \'{"url":"http://127.0.0.1:9"}\'')
    assert.match(await started({ binary: other }), /is no emulator: it printed \{"url":"http:\/\/127\.0\.0\.1:9"\}$/)
    const failing = await script(folder, 'echo "no such luck" >&2; exit 3')
    assert.equal(
      await started({ binary: failing }),
      `EmulatorError: ${failing} ended before it was ready (3): no such luck`,
    )
    await assert.rejects(startEmulator({ args: ['--no-such-option'] }), /\(2\): .*--no-such-option/s)
  })
})

/** From the call of `hurry` on, time passes a thousand times faster. */
const HURRYING = `
  const patient = globalThis.setTimeout
  globalThis.hurry = () => {
    globalThis.setTimeout = (then, milliseconds, ...args) => patient(then, milliseconds / 1_000, ...args)
  }
`

suite('a program that does not behave as the emulator', { skip }, () => {
  test('is killed when it does not report that it is ready', async (t) => {
    const { folder, started } = await candidates(t)
    const silent = await script(folder, 'echo "one moment" >&2; exec cat')
    // The text that is waited for may come after the time that is allowed.
    assert.match(
      await started({ binary: silent }, {}, `${HURRYING} hurry()`),
      /^EmulatorError: .* was not ready within 10 s: (?:one moment|it said nothing)$/,
    )
  })

  test('is killed when it does not end', async (t) => {
    const { folder, started } = await candidates(t)
    const ready = `echo '{"url":"http://127.0.0.1:9","projectId":"deaf"}'`
    const deaf = await script(folder, `trap "" TERM; echo $$ > pid; ${ready}; while :; do sleep 1; done`)
    assert.equal(await started({ binary: deaf }, {}, HURRYING), 'deaf')
    const pid = Number(await readFile(join(folder, 'pid')))
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  })
})

suite('a running emulator', () => {
  test('ends with its block, can be stopped twice, and then refuses calls', async () => {
    const emulator = await startEmulator()
    await emulator[Symbol.asyncDispose]()
    await emulator.stop()
    await assert.rejects(emulator.requests(), (error) => {
      assert.ok(error instanceof EmulatorError)
      assert.match(error.message, /^the emulator does not respond: /)
      return true
    })
  })

  test('that is not stopped ends with its process, which it does not keep alive, and its files are removed', async (t) => {
    const program = `
      import { startEmulator } from 'tenant-select/testing'
      const emulator = await startEmulator()
      await startEmulator({ tls: true, seed: {} })
      await emulator.requests()
      console.log(emulator.url)`
    const TMPDIR = await mkdtemp(join(tmpdir(), 'tenant-select-kit-'))
    t.after(() => rm(TMPDIR, { recursive: true }))
    const { code, stdout, stderr } = await run(program, { env: { TMPDIR } })
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.deepEqual(await readdir(TMPDIR), [])
    await eventually(async () => {
      const response = await fetch(`${stdout.trim()}/emulator`).catch(() => undefined)
      await response?.text()
      assert.equal(response, undefined, 'the emulator still responds')
    })
  })

  test('works where the application has replaced fetch', async (t) => {
    const own = globalThis.fetch
    t.after(() => {
      globalThis.fetch = own
    })
    globalThis.fetch = () => assert.fail('the kit called the fetch of the application')
    const { emulator } = await emulatorWithUser(t)
    assert.deepEqual(await received(emulator), [])
  })

  test('serves HTTPS to clients that trust its authority', async (t) => {
    const emulator = await emulatorFor(t, { tls: true })
    assert.match(emulator.url, /^https:/)
    const { refreshJwt } = await signInAda(emulator)
    assert.equal((await emulator.client().me(refreshJwt)).userId, 'U2ada')
    assert.equal(await readFile(emulator.environment.TENANT_SELECT_CA_FILE, 'utf8'), emulator.ca)
    const [{ protocol }] = await emulator.requests()
    assert.equal(protocol, 'HTTP/2.0')
    await emulator.stop()
    assert.ok(!existsSync(emulator.caFile))
  })

  test('starts with its seed and restores it at a reset', async (t) => {
    const seed = { users: [{ loginId: 'grace@example.com' }], settings: { sessionLifetimeSeconds: 60 } }
    const emulator = await emulatorFor(t, { projectId: 'P2seeded', seed, generateKeys: true })
    assert.equal(emulator.projectId, 'P2seeded')
    const { refreshJwt } = await emulator.signIn('grace@example.com')
    await signInAda(emulator)
    await emulator.settings({ sessionLifetimeSeconds: 5 })
    await emulator.client().me(refreshJwt)
    await emulator.reset()
    assert.deepEqual(await received(emulator), [])
    assert.equal((await emulator.settings()).sessionLifetimeSeconds, 60)
    await emulator.signIn('grace@example.com')
    await assert.rejects(emulator.signIn('ada@example.com'), EmulatorError)
  })

  test('accepts control calls to loopback and to allowed hosts', async (t) => {
    const emulator = await emulatorFor(t, { allowHosts: ['emulator', '10.1.2.3'] })
    const status = async (headers) => {
      const request = get(`${emulator.url}/emulator/users`, { headers, agent: false })
      const [response] = await once(request, 'response')
      response.resume()
      return response.statusCode
    }
    for (const host of ['localhost:1', '127.0.0.1', 'emulator:8080', '10.1.2.3']) {
      assert.equal(await status({ host }), 200, host)
    }
    assert.equal(await status({ host: 'rebound.example' }), 421)
    assert.equal(await status({ host: 'emulator', origin: 'https://evil.example' }), 403)
    await assert.rejects(
      emulatorFor(t, { allowHosts: ['emulator:8080'] }),
      /--allow-host "emulator:8080": a host is .* without scheme, port/,
    )
  })

  test('refuses calls with its own error message', async (t) => {
    const emulator = await emulatorFor(t)
    await assert.rejects(emulator.addFault({ path: '/v1/auth/me', kind: 'boredom' }), (error) => {
      assert.ok(error instanceof EmulatorError)
      assert.match(error.message, /^the emulator refused POST \/faults \(400\): .*boredom/)
      return true
    })
    await assert.rejects(emulator.waitFor('request', { timeoutMs: 1 }), /refused GET \/requests \(504\)/)
  })
})

suite('requests to an emulator', () => {
  test('users are added, lose a membership, and are removed', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const client = emulator.client()
    await emulator.revokeMembership('ada@example.com', 'acme')
    await assert.rejects(client.selectTenant('acme', refreshJwt), PermissionDeniedError)
    await client.selectTenant('globex', refreshJwt)
    await emulator.removeUser('ada@example.com')
    await assert.rejects(client.me(refreshJwt), AuthenticationError)
  })

  test('custom tokens are valid or invalid as the spec says', async (t) => {
    const emulator = await emulatorFor(t)
    const client = emulator.client()
    const good = await client.validateSession(await emulator.token({ tenant: 'acme', claims: { sub: 'U1' } }))
    assert.deepEqual([good.userId, good.activeTenant.tenantId], ['U1', 'acme'])
    await client.validateSession(await emulator.token())
    await assert.rejects(client.validateSession(await emulator.token({ lifetimeSeconds: -60 })), TokenExpiredError)
    for (const order of [
      { sign: 'other_key' },
      { tamper: { sub: 'U2' } },
      { profile: 'refresh' },
      { mutate: 'extra_part' },
    ]) {
      await assert.rejects(client.validateSession(await emulator.token(order)), InvalidTokenError)
    }
  })

  test('the clock sets the times in tokens', async (t) => {
    const { emulator, sessionJwt } = await emulatorWithUser(t)
    await emulator.client().validateSession(sessionJwt)
    await emulator.advanceClock(-3600)
    const { sessionJwt: old } = await emulator.signIn('ada@example.com')
    await assert.rejects(emulator.client().validateSession(old), TokenExpiredError)
  })

  test('keys rotate, and clients fetch the new one', async (t) => {
    const { emulator, sessionJwt } = await emulatorWithUser(t)
    const kid = await emulator.rotateKeys({ retire: true })
    const { sessionJwt: newer } = await emulator.signIn('ada@example.com')
    assert.equal(JSON.parse(Buffer.from(newer.split('.')[0], 'base64url')).kid, kid)
    const client = emulator.client()
    await client.validateSession(newer)
    await assert.rejects(client.validateSession(sessionJwt), InvalidTokenError)
  })

  test('settings change how the service behaves', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const before = await emulator.settings()
    const after = await emulator.settings({ rateLimit: { limit: 1, windowSeconds: 60 } })
    assert.deepEqual([before.rateLimit, after.rateLimit.limit], [null, 1])
    const client = emulator.client({ retries: 0 })
    await client.me(refreshJwt)
    await assert.rejects(client.me(refreshJwt), RateLimitError)
  })

  test('faults apply until they are cleared, and the journal keeps entries until it is emptied', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.addFault({ path: '/v1/auth/me', kind: 'status', status: 503, times: null })
    const client = emulator.client({ retries: 0 })
    await assert.rejects(client.me(refreshJwt), { status: 503 })
    await emulator.clearFaults()
    await client.me(refreshJwt)
    const journal = await emulator.waitFor('response', { path: '/v1/auth/me', count: 2 })
    assert.deepEqual(
      journal.map(({ path, status, fault }) => [path, status, fault]),
      [
        ['/v1/auth/me', 503, 'status'],
        ['/v1/auth/me', 200, null],
      ],
    )
    await emulator.clearRequests()
    assert.deepEqual(await received(emulator), [])
  })

  test('the environment of a test is the emulator, and nothing else of a client, until the test ends', async (t) => {
    const emulator = await emulatorFor(t)
    const own = {
      DESCOPE_BASE_URL: 'https://before.example',
      DESCOPE_BASE_URI: 'https://before.example',
      DESCOPE_PUBLIC_KEY: '{}',
      DESCOPE_AUTH_MANAGEMENT_KEY: 'K2before',
      TENANT_SELECT_AUDIENCE: 'before',
      TENANT_SELECT_PROXY: 'http://127.0.0.1:9',
    }
    const former = { ...process.env }
    t.after(() => {
      for (const name of Object.keys(own)) delete process.env[name]
      Object.assign(process.env, former)
    })
    Object.assign(process.env, own)
    const before = { ...process.env }
    const hooks = []
    environmentFor({ after: (hook) => hooks.push(hook) }, emulator)
    assert.equal(process.env.TENANT_SELECT_EMULATOR, before.TENANT_SELECT_EMULATOR)
    const { refreshJwt, sessionJwt } = await signInAda(emulator, 'acme')
    const client = new Client()
    assert.equal((await client.me(refreshJwt)).name, 'Ada Lovelace')
    assert.equal((await client.validateSession(sessionJwt)).activeTenant.tenantId, 'acme')
    const [{ authorization }] = await emulator.requests()
    assert.equal(authorization.parts, 2, 'the key of the machine was sent')
    for (const hook of hooks) await hook()
    assert.deepEqual({ ...process.env }, before)
  })

  test('clients of the emulator use it in any environment', async (t) => {
    const emulator = await emulatorFor(t)
    const environment = {
      DESCOPE_PROJECT_ID: 'P2other',
      DESCOPE_BASE_URL: 'https://api.descope.com',
      DESCOPE_BASE_URI: 'https://api.descope.com',
      TENANT_SELECT_RETRIES: '11',
    }
    assert.throws(() => emulator.client({ environment }), { argument: 'retries' })
    const client = emulator.client({ environment: { ...environment, TENANT_SELECT_RETRIES: '0' } })
    assert.deepEqual([client.baseUrl, client.projectId], [emulator.url, emulator.projectId])
    const { refreshJwt } = await signInAda(emulator)
    assert.equal((await client.me(refreshJwt)).userId, 'U2ada')
  })
})
