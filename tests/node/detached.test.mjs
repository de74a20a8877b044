// Exchanges whose callers leave: one that was sent completes, and the next call with the old token goes on from what it brought.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { run } from './child.mjs'
import { emulatorWithUser, rotatingEmulator } from './emulator.mjs'

const SELECT = '/v1/auth/tenant/select'
const REFRESH = '/v1/auth/refresh'

/** Long enough for a caller to leave after its request has arrived and before the response comes. */
const DELAY = 300

/** Lets the service decide at once and respond later. */
async function slowEmulator(t) {
  const fixture = await rotatingEmulator(t)
  await fixture.emulator.settings({ delayMs: DELAY })
  return fixture
}

/** Checks that the old token gives what its exchange brought, which arrived once, and that no superseded token was sent. */
async function assertCompleted(emulator, client, refreshJwt, path) {
  const select = () => client.selectTenant('acme', refreshJwt)
  const next = await (path === SELECT ? select() : client.refreshSession(refreshJwt))
  assert.equal(next.reused, true)
  assert.equal(next.session.activeTenant.tenantId, path === SELECT ? 'acme' : 'globex')
  assert.equal((await client.me(refreshJwt)).userId, 'U2ada')
  assert.ok((await client.refreshSession(next.refreshJwt)).refreshJwt)
  const exchanges = (await emulator.requests()).filter(({ path: one }) => one === path)
  // The last of the calls above is a refresh.
  assert.equal(exchanges.length, path === REFRESH ? 2 : 1)
  const { reuses, graceUses, revocations } = await emulator.counters()
  assert.deepEqual({ reuses, graceUses, revocations }, { reuses: 0, graceUses: 0, revocations: 0 })
}

suite('an exchange that was sent', () => {
  for (const path of [SELECT, REFRESH]) {
    const begin = (client, token, options) =>
      path === SELECT ? client.selectTenant('acme', token, options) : client.refreshSession(token, options)

    test(`completes when its signal is aborted (${path})`, async (t) => {
      const { emulator, refreshJwt } = await slowEmulator(t)
      const client = emulator.client()
      const controller = new AbortController()
      const call = begin(client, refreshJwt, { signal: controller.signal })
      await emulator.waitFor('request', { path })
      controller.abort()
      await assert.rejects(call, { name: 'AbortError' })
      await assertCompleted(emulator, client, refreshJwt, path)
    })

    test(`completes when its deadline passes (${path})`, async (t) => {
      const { emulator, refreshJwt } = await slowEmulator(t)
      const client = emulator.client()
      const error = await begin(client, refreshJwt, { timeoutMs: DELAY / 2 }).catch((reason) => reason)
      assert.deepEqual([error.code, error.outcome, error.attempts], ['TIMEOUT', 'unknown', 1])
      await assertCompleted(emulator, client, refreshJwt, path)
    })
  }

  test('completes when the client is closed after its signal was aborted', async (t) => {
    const { emulator, refreshJwt } = await slowEmulator(t)
    const [first, second] = [emulator.client(), emulator.client()]
    const controller = new AbortController()
    const call = first.selectTenant('acme', refreshJwt, { signal: controller.signal })
    await emulator.waitFor('request', { path: SELECT })
    controller.abort()
    await assert.rejects(call, { name: 'AbortError' })
    first.close()
    await assertCompleted(emulator, second, refreshJwt, SELECT)
  })

  test('completes when its worker is terminated, for the main thread and for the next worker', async (t) => {
    const { emulator, refreshJwt } = await slowEmulator(t)
    const client = emulator.client()
    const file = new URL('switching_worker.mjs', import.meta.url)
    const options = { workerData: { refreshJwt }, env: { ...process.env, ...emulator.environment } }
    const terminated = new Worker(file, options)
    await emulator.waitFor('request', { path: SELECT })
    await terminated.terminate()
    const next = new Worker(file, options)
    const [switches] = await once(next, 'message')
    assert.deepEqual(switches, [], 'a remembered response is no switch')
    await assertCompleted(emulator, client, refreshJwt, SELECT)
  })

  test('is made anew by the same call when it was called off before it was sent', async (t) => {
    const { emulator, refreshJwt } = await slowEmulator(t)
    const client = emulator.client()
    const controller = new AbortController()
    const first = client.selectTenant('acme', refreshJwt)
    const queued = client.selectTenant('globex', refreshJwt, { signal: controller.signal })
    await emulator.waitFor('request', { path: SELECT })
    controller.abort()
    await assert.rejects(queued, { name: 'AbortError' })
    assert.equal((await first).session.activeTenant.tenantId, 'acme')
    assert.equal((await emulator.requests()).filter(({ path }) => path === SELECT).length, 1)
    const made = await client.selectTenant('globex', refreshJwt)
    assert.deepEqual([made.reused, made.session.activeTenant.tenantId], [false, 'globex'])
  })

  test('does not keep the process alive without callers', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.addFault({ path: SELECT, kind: 'stall', times: null })
    const program = `
      import { subscribe } from 'node:diagnostics_channel'
      import { Client } from 'tenant-select'
      subscribe('tenant-select:tenant:switch', () => {})
      const client = new Client({ timeoutMs: 600_000, retries: 0 })
      const controller = new AbortController()
      const call = client.selectTenant('acme', process.env.REFRESH_JWT, { signal: controller.signal })
      process.stdin.once('data', () => { controller.abort(); process.stdin.destroy() })
      await call.catch((error) => console.log(error.name))
      if (process.env.EXIT) process.exit(0)`
    for (const exit of ['', 'yes']) {
      await emulator.clearRequests()
      const env = { ...emulator.environment, REFRESH_JWT: refreshJwt, EXIT: exit }
      const ended = run(program, { env, input: emulator.waitFor('request', { path: SELECT }).then(() => 'abort\n') })
      // The exchange would go on for ten minutes.
      const gone = await emulator.waitFor('disconnect', { timeoutMs: 30_000 })
      assert.ok(gone.some(({ duringRequest }) => duringRequest))
      assert.deepEqual(await ended, { code: 0, signal: null, stdout: 'AbortError\n', stderr: '' })
    }
  })
})
