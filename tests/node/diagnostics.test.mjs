// Messages of diagnostics_channel: the start and end of every call, its retries, and no token in any of them.

import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import { run } from './child.mjs'
import { emulatorWithUser } from './emulator.mjs'

const CHANNELS = ['start', 'retry', 'end']
const unavailable = { kind: 'status', status: 503, headers: { 'retry-after': '0', 'x-request-id': 'q7' } }

/** Everything that is published during a test, in order. */
function listen(t, channels = CHANNELS, tell = () => {}) {
  const heard = []
  for (const name of channels) {
    const channel = `tenant-select:request:${name}`
    const hear = (message) => {
      heard.push({ name, ...message })
      tell(name, message)
    }
    subscribe(channel, hear)
    t.after(() => unsubscribe(channel, hear))
  }
  return heard
}

suite('diagnostics', () => {
  test('the messages of a call carry the same request object from start to end', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const heard = listen(t)
    const response = await emulator.client().selectTenant('acme', refreshJwt)
    assert.deepEqual(
      heard.map(({ name }) => name),
      ['start', 'end'],
    )
    const [start, { durationMs, ...end }] = heard
    assert.deepEqual(start.request, { operation: 'selectTenant', projectId: emulator.projectId })
    assert.equal(end.request, start.request)
    assert.ok(durationMs > 0)
    const { status, requestId, attempts } = response.http
    const expected = { result: 'done', code: undefined, outcome: undefined, attempts, status, requestId }
    assert.deepEqual(end, { name: 'end', request: start.request, ...expected })
  })

  test('retries are published between start and end, with the failure', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.addFault({ path: '/v1/auth/tenant/select', times: 2, ...unavailable })
    const heard = listen(t)
    await emulator.client({ retries: 2 }).selectTenant('acme', refreshJwt)
    assert.deepEqual(
      heard.map(({ name }) => name),
      ['start', 'retry', 'retry', 'end'],
    )
    const [{ request }, ...retries] = heard
    for (const [index, { waitMs, ...retry }] of retries.slice(0, 2).entries()) {
      const expected = { attempts: index + 1, outcome: 'not_processed', status: 503, requestId: 'q7' }
      assert.deepEqual(retry, { name: 'retry', request, ...expected })
      assert.ok(waitMs >= 0 && waitMs < 10_000)
    }
    assert.equal(heard.at(-1).attempts, 3)
  })

  test('an Authorization header that comes back as an id shows no token', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const authManagementKey = 'k3y!19'
    const echoed = `Bearer ${emulator.projectId}:${refreshJwt}:${authManagementKey}`
    const headers = { 'retry-after': '0', 'x-request-id': echoed, 'cf-ray': refreshJwt.slice(40, 70) }
    const path = '/v1/auth/me'
    await emulator.addFault({ path, kind: 'status', status: 503, headers })
    await emulator.addFault({ path, kind: 'status', status: 200, headers, body: { userId: 'U1' } })
    await emulator.addFault({
      path,
      kind: 'status',
      status: 403,
      headers,
      body: { errorMessage: `no ${authManagementKey}\r\n` },
    })
    const heard = listen(t)
    const client = emulator.client({ authManagementKey, retries: 1 })
    await client.me(refreshJwt)
    const error = await client.me(refreshJwt).catch((error) => error)
    const hidden = `Bearer ${emulator.projectId}:[redacted]:[redacted]`
    assert.deepEqual([error.requestId, error.errorMessage], [hidden, 'no [redacted]  '])
    const told = heard.filter(({ name }) => name !== 'start').map(({ name, requestId }) => [name, requestId])
    assert.deepEqual(told, [
      ['retry', hidden],
      ['end', hidden],
      ['end', hidden],
    ])
    const text = inspect([heard, error], { depth: 9, showHidden: true })
    assert.ok(!text.includes(authManagementKey))
    for (let start = 0; start + 12 <= refreshJwt.length; start++) {
      assert.ok(!text.includes(refreshJwt.slice(start, start + 12)))
    }
  })

  test('a caller that left a shared exchange gets no more retry messages', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const path = '/v1/auth/tenant/select'
    await emulator.addFault({ path, kind: 'status', status: 503, headers: { 'retry-after': '1' }, times: 2 })
    const controllers = [new AbortController(), new AbortController()]
    const heard = listen(t, CHANNELS, (name, { request }) => {
      // Either of the two may be the one that sends.
      const starts = heard.filter((message) => message.name === 'start')
      if (name === 'retry') controllers[starts.findIndex((message) => message.request === request)].abort()
    })
    const client = emulator.client({ retries: 3 })
    const calls = controllers.map(({ signal }) => client.selectTenant('acme', refreshJwt, { signal }))
    const ends = await Promise.allSettled(calls)
    const left = ends.findIndex(({ status }) => status === 'rejected')
    assert.deepEqual([ends[left].reason.name, ends[1 - left].value.http.attempts], ['AbortError', 3])
    const { request: ofTheLeft } = heard.filter(({ name }) => name === 'start')[left]
    const names = heard.filter(({ request }) => request === ofTheLeft).map(({ name }) => name)
    assert.deepEqual(names, ['start', 'retry', 'end'])
  })

  test('a failure is published with code and outcome, an abort as aborted', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const heard = listen(t, ['end'])
    const client = emulator.client({ retries: 0 })
    await assert.rejects(client.selectTenant('nowhere', refreshJwt))
    await assert.rejects(client.me(7))
    await assert.rejects(client.me(refreshJwt, { signal: AbortSignal.abort() }))
    await emulator.addFault({ path: '/v1/auth/me', kind: 'stall' })
    await assert.rejects(client.me(refreshJwt, { signal: AbortSignal.timeout(20) }))
    const told = heard.map(({ request, result, code, outcome, status }) => [
      request.operation,
      result,
      code,
      outcome,
      status,
    ])
    assert.deepEqual(told, [
      ['selectTenant', 'failed', 'PERMISSION_DENIED', 'rejected', 403],
      ['me', 'failed', 'INVALID_INPUT', 'not_sent', undefined],
      ['me', 'aborted', undefined, undefined, undefined],
      ['me', 'aborted', undefined, undefined, undefined],
    ])
  })

  test('every operation is published, also a validation without network', async (t) => {
    const { emulator, sessionJwt, refreshJwt } = await emulatorWithUser(t)
    const client = emulator.client()
    await client.validateSession(sessionJwt)
    await emulator.control('DELETE', '/requests')
    const heard = listen(t)
    await client.validateSession(sessionJwt)
    assert.deepEqual(
      (await emulator.requests()).filter((entry) => entry.path?.includes('/keys')),
      [],
    )
    await client.refreshSession(refreshJwt)
    await client.me(refreshJwt)
    await client.myTenants(refreshJwt)
    await client.history(refreshJwt)
    await client.validateAndRefresh(sessionJwt, refreshJwt)
    await client.logout(refreshJwt)
    await client.logoutAll(refreshJwt).catch(() => {})
    const responded = heard.filter(({ name, status }) => name === 'end' && status !== undefined)
    const sent = responded.map(({ request, result, status, attempts }) => [request.operation, result, status, attempts])
    assert.deepEqual(
      sent.filter(([, result]) => result === 'done'),
      ['refreshSession', 'me', 'myTenants', 'history', 'logout'].map((operation) => [operation, 'done', 200, 1]),
    )
    const expected = ['validateSession', 'refreshSession', 'me', 'myTenants', 'history', 'validateAndRefresh']
    const ended = heard.filter(({ name }) => name === 'end').map(({ request }) => request.operation)
    assert.deepEqual(ended, [...expected, 'logout', 'logoutAll'])
    assert.equal(heard.length, 2 * ended.length)
  })

  test('no message holds a token, however the call ended', async (t) => {
    const { emulator, sessionJwt, refreshJwt } = await emulatorWithUser(t)
    const heard = listen(t)
    const client = emulator.client({ retries: 1 })
    await client.validateSession(sessionJwt)
    const body = { errorCode: 'E1', errorDescription: refreshJwt, errorMessage: refreshJwt }
    await emulator.addFault({ path: '/v1/auth/refresh', times: 2, ...unavailable, body })
    await assert.rejects(client.refreshSession(refreshJwt))
    await assert.rejects(client.refreshSession(refreshJwt, { expectTenant: 'acme' }), { code: 'TENANT_MISMATCH' })
    await client.selectTenant('acme', refreshJwt)
    assert.equal(heard.filter(({ name }) => name === 'retry').length, 1)
    const shown = inspect(heard, { depth: null, showHidden: true, customInspect: false }) + JSON.stringify(heard)
    for (const token of [sessionJwt, refreshJwt]) {
      for (const part of token.split('.').slice(1)) assert.ok(!shown.includes(part))
    }
  })

  test('messages arrive in the asynchronous context of the call', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.addFault({ path: '/v1/auth/me', ...unavailable })
    const storage = new AsyncLocalStorage()
    const contexts = []
    listen(t, CHANNELS, (name) => contexts.push([name, storage.getStore()]))
    await storage.run('the request of a server', () => emulator.client().me(refreshJwt))
    assert.deepEqual(
      contexts,
      CHANNELS.map((name) => [name, 'the request of a server']),
    )
  })

  test('a subscriber that throws does not change the result', async (t) => {
    const { emulator } = await emulatorWithUser(t)
    const { refreshJwt } = await emulator.signIn('ada@example.com')
    await emulator.addFault({ path: '/v1/auth/me', ...unavailable })
    const program = `
      import { subscribe } from 'node:diagnostics_channel'
      import { Client } from 'tenant-select'
      let thrown = 0
      process.on('uncaughtException', () => { thrown += 1 })
      for (const name of ['start', 'retry', 'end']) {
        subscribe('tenant-select:request:' + name, () => { throw new Error('mine') })
      }
      const { userId } = await new Client().me(process.env.REFRESH_JWT)
      setImmediate(() => console.log(userId, thrown))`
    const env = { ...emulator.environment, REFRESH_JWT: refreshJwt }
    assert.deepEqual(await run(program, { env }), { code: 0, signal: null, stdout: 'U2ada 3\n', stderr: '' })
  })

  test('a subscription does not keep the process alive', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.addFault({ path: '/v1/auth/me', ...unavailable })
    const env = { ...emulator.environment, REFRESH_JWT: refreshJwt }
    const program = `
      import { subscribe } from 'node:diagnostics_channel'
      import { Client } from 'tenant-select'
      let retries = 0
      subscribe('tenant-select:request:retry', () => { retries += 1 })
      const client = new Client()
      await client.me(process.env.REFRESH_JWT)
      console.log(retries)`
    assert.deepEqual(await run(program, { env }), { code: 0, signal: null, stdout: '1\n', stderr: '' })
  })
})
