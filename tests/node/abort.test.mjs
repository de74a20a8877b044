// AbortSignal: before, during and after a call; the reason, the connection, the listeners.

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { suite, test } from 'node:test'
import { APITimeoutError, InvalidInputError } from 'tenant-select'
import { emulatorWithUser } from './emulator.mjs'

/** Starts a call that the emulator never answers, and waits until its request has arrived. */
async function stalledCall(t, options) {
  const { emulator, refreshJwt } = await emulatorWithUser(t)
  await emulator.addFault({ path: '/v1/auth/me', kind: 'stall' })
  const call = emulator.client({ retries: 0 }).me(refreshJwt, options)
  // It may well be aborted before its request has arrived.
  call.catch(() => {})
  await emulator.requests({ waitFor: 'request', path: '/v1/auth/me' })
  return { emulator, call }
}

suite('abort', () => {
  test('a signal that is aborted already sends nothing and rejects with its reason', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const reason = new Error('not wanted')
    await assert.rejects(
      emulator.client().selectTenant('acme', refreshJwt, { signal: AbortSignal.abort(reason) }),
      (error) => error === reason,
    )
    const sent = (await emulator.requests()).filter((entry) => entry.path?.startsWith('/v1/'))
    assert.deepEqual(sent, [])
  })

  test('the default reason is an AbortError', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const call = emulator.client().me(refreshJwt, { signal: AbortSignal.abort() })
    await assert.rejects(call, { name: 'AbortError' })
  })

  test('aborting a call under way rejects with the reason and drops the connection', async (t) => {
    const controller = new AbortController()
    const { emulator, call } = await stalledCall(t, { signal: controller.signal })
    const reason = { any: 'value' }
    controller.abort(reason)
    await assert.rejects(call, (error) => error === reason)
    const journal = await emulator.requests({ waitFor: 'disconnect' })
    assert.equal(journal.find((entry) => entry.event === 'disconnect').duringRequest, true)
  })

  test('aborting after the end changes nothing', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const controller = new AbortController()
    const user = await emulator.client().me(refreshJwt, { signal: controller.signal })
    controller.abort()
    assert.equal(user.userId, 'U2ada')
  })

  test('AbortSignal.timeout and AbortSignal.any work', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.addFault({ path: '/v1/auth/me', kind: 'stall' })
    const signal = AbortSignal.any([AbortSignal.timeout(20), new AbortController().signal])
    await assert.rejects(emulator.client({ retries: 0 }).me(refreshJwt, { signal }), { name: 'TimeoutError' })
  })

  test("the deadline of the call is the call's own error, not the signal's", async (t) => {
    const { call } = await stalledCall(t, { signal: new AbortController().signal, timeoutMs: 50 })
    await assert.rejects(call, (error) => error instanceof APITimeoutError && error.outcome === 'unknown')
  })

  test("a user's onabort survives, also a listener that stops the others", async (t) => {
    const controller = new AbortController()
    const seen = []
    controller.signal.onabort = () => seen.push('onabort')
    const { call } = await stalledCall(t, { signal: controller.signal })
    controller.abort()
    await assert.rejects(call, { name: 'AbortError' })
    assert.deepEqual(seen, ['onabort'])
  })

  test('the signal keeps no listener, whatever became of the call', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const client = emulator.client({ retries: 0 })
    const { signal } = new AbortController()
    await client.me(refreshJwt, { signal })
    await assert.rejects(client.me('not a token', { signal }), InvalidInputError)
    await emulator.addFault({ path: '/v1/auth/me', kind: 'reset' })
    await assert.rejects(client.me(refreshJwt, { signal }), { code: 'CONNECTION' })
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    const during = client.me(refreshJwt, { signal })
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    await during
  })

  test('one aborted caller of two does not take the answer from the other', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.addFault({ path: '/v1/auth/tenant/select', kind: 'delay', delayMs: 100 })
    const client = emulator.client()
    const controller = new AbortController()
    const first = client.selectTenant('acme', refreshJwt, { signal: controller.signal })
    const second = client.selectTenant('acme', refreshJwt)
    await emulator.requests({ waitFor: 'request', path: '/v1/auth/tenant/select' })
    controller.abort()
    await assert.rejects(first, { name: 'AbortError' })
    assert.equal((await second).session.activeTenant.tenantId, 'acme')
    const selections = (await emulator.requests()).filter((entry) => entry.path === '/v1/auth/tenant/select')
    assert.equal(selections.length, 1)
  })

  test('a validation with keys at hand needs no listener, and still honours an aborted signal', async (t) => {
    const { emulator, sessionJwt } = await emulatorWithUser(t)
    const client = emulator.client()
    await client.validateSession(sessionJwt)
    const reason = new Error('no')
    await assert.rejects(client.validateSession(sessionJwt, { signal: AbortSignal.abort(reason) }), (e) => e === reason)
  })

  test('many aborted calls leave nothing behind', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.addFault({ path: '/v1/auth/me', kind: 'stall', times: null })
    const client = emulator.client({ retries: 0 })
    const rounds = Number(process.env.ABORTS ?? 300)
    const before = process.getActiveResourcesInfo().length
    for (let round = 0; round < rounds; round += 1) {
      const controller = new AbortController()
      const call = client.me(refreshJwt, { signal: controller.signal })
      controller.abort()
      await assert.rejects(call, { name: 'AbortError' })
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
    }
    assert.ok(process.getActiveResourcesInfo().length <= before + 2)
  })
})
