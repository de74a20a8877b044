// The channel of switches: one message for each, however it ends, and no token in it.

import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { run } from './child.mjs'
import { rotatingEmulator } from './emulator.mjs'

const CHANNEL = 'tenant-select:tenant:switch'
const SELECT = '/v1/auth/tenant/select'

/** Every switch that is published during a test, and the next one. */
function listen(t, tell = () => {}) {
  const heard = []
  let next = resolvers()
  const hear = (message) => {
    heard.push(message)
    tell(message)
    next.resolve(message)
    next = resolvers()
  }
  subscribe(CHANNEL, hear)
  t.after(() => unsubscribe(CHANNEL, hear))
  return { heard, next: () => next.promise }
}

/** What `Promise.withResolvers` gives, which Node 20 does not have. */
function resolvers() {
  let resolve
  const promise = new Promise((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

suite('the channel of switches', () => {
  test('has the message of a selection before its promise settles', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const { heard } = listen(t)
    const before = Date.now()
    const response = await emulator.client().selectTenant('acme', refreshJwt)
    assert.equal(heard.length, 1)
    const [{ time, durationMs, ...message }] = heard
    assert.deepEqual(message, {
      projectId: emulator.projectId,
      userId: 'U2ada',
      fromTenant: 'globex',
      toTenant: 'acme',
      outcome: 'applied',
      code: undefined,
      requestId: response.http.requestId,
      attempts: 1,
    })
    assert.ok(time instanceof Date && time >= before - 1 && time <= Date.now() + 1, String(time))
    assert.ok(durationMs > 0)
  })

  test('has one message for selections that are refused or end in doubt', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const client = emulator.client({ retries: 0 })
    const { heard } = listen(t)
    await assert.rejects(client.selectTenant('nowhere', refreshJwt))
    await emulator.addFault({ path: SELECT, kind: 'reset' })
    await assert.rejects(client.selectTenant('acme', refreshJwt))
    const told = heard.map(({ toTenant, outcome, code, attempts }) => [toTenant, outcome, code, attempts])
    assert.deepEqual(told, [
      ['nowhere', 'rejected', 'PERMISSION_DENIED', 1],
      ['acme', 'unknown', 'CONNECTION', 1],
    ])
  })

  test('has one message for identical calls, and none for remembered responses and wrong arguments', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const client = emulator.client()
    const { heard } = listen(t)
    await Promise.all([client.selectTenant('acme', refreshJwt), client.selectTenant('acme', refreshJwt)])
    await client.selectTenant('acme', refreshJwt)
    await assert.rejects(client.refreshSession(refreshJwt), { code: 'TENANT_MISMATCH' })
    await assert.rejects(client.selectTenant('', refreshJwt), { code: 'INVALID_INPUT' })
    assert.equal(heard.length, 1)
  })

  test('has a message for a refresh that brings another tenant, and none for one that does not', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const client = emulator.client()
    const { heard } = listen(t)
    const refreshed = await client.refreshSession(refreshJwt)
    assert.deepEqual(heard, [])
    // A user of one tenant acts in it.
    await emulator.revokeMembership('ada@example.com', 'globex')
    await client.refreshSession(refreshed.refreshJwt)
    const told = heard.map(({ fromTenant, toTenant, outcome }) => [fromTenant, toTenant, outcome])
    assert.deepEqual(told, [['globex', 'acme', 'applied']])
  })

  test('has a message when a selection completes after its caller was aborted', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const controller = new AbortController()
    const { heard, next } = listen(t)
    await emulator.settings({ delayMs: 300 })
    const call = emulator.client().selectTenant('acme', refreshJwt, { signal: controller.signal })
    const published = next()
    // The exchange does not keep the process alive.
    const alive = setInterval(() => {}, 1_000)
    t.after(() => clearInterval(alive))
    await emulator.waitFor('request', { path: SELECT })
    controller.abort()
    await assert.rejects(call, { name: 'AbortError' })
    assert.deepEqual(heard, [])
    const { outcome, toTenant } = await published
    assert.deepEqual([outcome, toTenant, heard.length], ['applied', 'acme', 1])
  })

  test('has messages in the asynchronous context of no call', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const storage = new AsyncLocalStorage()
    const contexts = []
    listen(t, () => contexts.push(storage.getStore()))
    await storage.run('the request of a server', () => emulator.client().selectTenant('acme', refreshJwt))
    assert.deepEqual(contexts, [undefined])
  })

  test('has no token in its messages', async (t) => {
    const { emulator, sessionJwt, refreshJwt } = await rotatingEmulator(t)
    const { heard } = listen(t)
    const client = emulator.client()
    const headers = { 'x-request-id': refreshJwt }
    await emulator.addFault({ path: SELECT, kind: 'status', status: 403, headers, body: { errorMessage: refreshJwt } })
    await assert.rejects(client.selectTenant('globex', refreshJwt))
    const response = await client.selectTenant('acme', refreshJwt)
    assert.equal(heard.length, 2)
    const shown = inspect(heard, { depth: null, showHidden: true, customInspect: false }) + JSON.stringify(heard)
    for (const token of [sessionJwt, refreshJwt, response.sessionJwt, response.refreshJwt]) {
      for (const part of token.split('.').slice(1)) assert.ok(!shown.includes(part))
    }
  })

  test('has messages of the thread whose call it was', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const { heard } = listen(t)
    const file = new URL('switching_worker.mjs', import.meta.url)
    const env = { ...process.env, ...emulator.environment }
    const worker = new Worker(file, { workerData: { refreshJwt }, env })
    const gone = once(worker, 'exit')
    const [told] = await once(worker, 'message')
    await gone
    assert.deepEqual(told, [['acme', 'applied']])
    assert.deepEqual(heard, [])
  })

  test('a subscriber that throws does not change the result', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const program = `
      import { subscribe } from 'node:diagnostics_channel'
      import { Client } from 'tenant-select'
      let thrown = 0
      process.on('uncaughtException', () => { thrown += 1 })
      subscribe('${CHANNEL}', () => { throw new Error('mine') })
      const { session } = await new Client().selectTenant('acme', process.env.REFRESH_JWT)
      setImmediate(() => console.log(session.activeTenant.tenantId, thrown))`
    const env = { ...emulator.environment, REFRESH_JWT: refreshJwt }
    assert.deepEqual(await run(program, { env }), { code: 0, signal: null, stdout: 'acme 1\n', stderr: '' })
  })
})
