// The cache of verified session tokens: what a caller of the Node package can see of it.

import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { suite, test } from 'node:test'
import { Client, Session } from 'tenant-select'
import { emulatorWithUser } from './emulator.mjs'

async function cachingClient(t, options = {}) {
  const { emulator, sessionJwt, refreshJwt } = await emulatorWithUser(t)
  const client = emulator.client({ sessionCache: 10, ...options })
  return { emulator, client, sessionJwt, refreshJwt }
}

/** The session of a token that has come so often that its object is shared. */
async function sharedSession(client, sessionJwt, options) {
  for (let round = 0; round < 3; round += 1) await client.validateSession(sessionJwt, options)
  return client.validateSession(sessionJwt, options)
}

/** Everything that can be reached from a value. */
function* reachable(value) {
  if (typeof value !== 'object' || value === null) return
  yield value
  for (const key of Reflect.ownKeys(value)) yield* reachable(value[key])
}

suite('the session cache', () => {
  test('verifies a token once', async (t) => {
    const { emulator, client, sessionJwt } = await cachingClient(t)
    const session = await sharedSession(client, sessionJwt)
    assert.ok(session instanceof Session)
    assert.deepEqual(session, await emulator.client().validateSession(sessionJwt))
    assert.equal(await client.validateSession(sessionJwt), session)
    const { cachedSessions, sessionCacheHits, sessionCacheMisses } = client.diagnostics()
    assert.deepEqual({ cachedSessions, sessionCacheMisses }, { cachedSessions: 1, sessionCacheMisses: 1 })
    assert.ok(sessionCacheHits >= 4)
  })

  test('gives sessions that no caller can change', async (t) => {
    const { client, sessionJwt } = await cachingClient(t)
    const first = await client.validateSession(sessionJwt)
    for (const session of [first, await sharedSession(client, sessionJwt)]) {
      for (const part of reachable(session)) assert.ok(Object.isFrozen(part))
      assert.throws(() => {
        session.userId = 'other'
      }, TypeError)
      assert.throws(() => session.claims.tenants.globex.roles.push('admin'), TypeError)
      assert.throws(() => {
        session.tenants.other = session.activeTenant
      }, TypeError)
      assert.throws(() => Object.setPrototypeOf(session, null), TypeError)
    }
    assert.deepEqual(await client.validateSession(sessionJwt), first)
  })

  test('takes no other text for a token', async (t) => {
    const { client, sessionJwt } = await cachingClient(t)
    await sharedSession(client, sessionJwt)
    const [signed, signature] = [sessionJwt.slice(0, sessionJwt.lastIndexOf('.')), sessionJwt.split('.')[2]]
    const others = [
      `${signed}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      `${signed}.`,
      `${sessionJwt}=`,
      `${sessionJwt} `,
      ` ${sessionJwt}`,
      `${sessionJwt}\0`,
      `\uFEFF${sessionJwt}`,
      `${sessionJwt}é`,
      sessionJwt.toUpperCase(),
    ]
    for (const other of others) {
      await assert.rejects(client.validateSession(other), { code: 'INVALID_TOKEN' }, JSON.stringify(other))
    }
    await assert.rejects(client.validateSession(`${sessionJwt}\uD800`), { code: 'INVALID_INPUT' })
    await assert.rejects(client.validateSession(new String(sessionJwt)), { code: 'INVALID_INPUT' })
  })

  test('checks the audience and the settings of each call', async (t) => {
    const { emulator, client } = await cachingClient(t)
    const token = await emulator.token({ claims: { aud: ['app', 'web'] } })
    const session = await sharedSession(client, token, { audience: 'app' })
    assert.equal(await client.validateSession(token, { audience: 'web' }), session)
    const refusals = [
      [{ audience: 'billing' }, 'INVALID_TOKEN'],
      [undefined, 'INVALID_TOKEN'],
      [{}, 'INVALID_TOKEN'],
      [{ audience: ' ' }, 'INVALID_INPUT'],
      [{ audience: 7 }, 'INVALID_INPUT'],
      [{ audience: 'app', more: 1 }, 'INVALID_INPUT'],
      [null, 'INVALID_INPUT'],
    ]
    for (const [options, code] of refusals) {
      await assert.rejects(client.validateSession(token, options), { code }, JSON.stringify(options))
    }
    const reason = new Error('enough')
    const aborted = { audience: 'app', signal: AbortSignal.abort(reason) }
    await assert.rejects(client.validateSession(token, aborted), (error) => error === reason)
  })

  test('is of one client', async (t) => {
    const { emulator, client, sessionJwt } = await cachingClient(t)
    const session = await sharedSession(client, sessionJwt)
    const other = emulator.client({ sessionCache: 10 })
    assert.notEqual(await sharedSession(other, sessionJwt), session)
    assert.equal(other.diagnostics().sessionCacheMisses, 1)
    const { validateSession } = client
    await assert.rejects(validateSession.call({}, sessionJwt), { code: 'INVALID_INPUT', argument: 'this' })
    assert.deepEqual(await validateSession.call(emulator.client(), sessionJwt), session)
  })

  test('keeps apart more tokens than it holds', async (t) => {
    const { emulator, client } = await cachingClient(t, { sessionCache: 3 })
    const users = Array.from({ length: 8 }, (_, user) => `U${user}`)
    const tokens = await Promise.all(users.map((sub) => emulator.token({ claims: { sub } })))
    for (let round = 0; round < 400; round += 1) {
      const user = (round * 5 + (round >> 3)) % users.length
      assert.equal((await client.validateSession(tokens[user])).userId, users[user])
    }
    assert.ok(client.diagnostics().cachedSessions <= 3)
  })

  test('ends with the client', async (t) => {
    const { client, sessionJwt } = await cachingClient(t)
    await sharedSession(client, sessionJwt)
    client.close()
    await assert.rejects(client.validateSession(sessionJwt), { code: 'CLIENT_CLOSED' })
    assert.equal(client.diagnostics().cachedSessions, 0)
  })

  test('leaves the diagnostics of every call', async (t) => {
    const { client, sessionJwt } = await cachingClient(t)
    await sharedSession(client, sessionJwt)
    const results = []
    const note = (message) => results.push([message.request.operation, message.result])
    subscribe('tenant-select:request:end', note)
    t.after(() => unsubscribe('tenant-select:request:end', note))
    await client.validateSession(sessionJwt)
    assert.deepEqual(results, [['validateSession', 'done']])
  })

  test('is off by default, and then sessions are not shared', async (t) => {
    const { emulator, sessionJwt } = await emulatorWithUser(t)
    const client = new Client({ projectId: emulator.projectId, baseUrl: emulator.url })
    const session = await sharedSession(client, sessionJwt)
    assert.ok(!Object.isFrozen(session))
    assert.notEqual(await client.validateSession(sessionJwt), session)
    assert.equal(client.diagnostics().sessionCacheMisses, 0)
  })
})
