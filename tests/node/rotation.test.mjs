// One refresh token that many callers present while the service rotates it and takes a superseded one for stolen.

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { TenantMismatchError } from 'tenant-select'
import { emulatorFor } from 'tenant-select/testing'
import { measure, SCENARIOS, SLOWEST } from '../rotation/callers.mjs'
import { rotatingEmulator } from './emulator.mjs'

const SELECT = '/v1/auth/tenant/select'
const REFRESH = '/v1/auth/refresh'
const NONE = {
  supersededTokens: 0,
  evictedTokens: 0,
  cachedSessions: 0,
  sessionCacheHits: 0,
  sessionCacheMisses: 0,
  sharedStateFailures: 0,
  unorderedExchanges: 0,
}

/** How many requests came to a path. */
async function arrived(emulator, path) {
  const entries = await emulator.requests()
  return entries.filter((entry) => entry.path === path).length
}

suite('many callers with one refresh token', () => {
  for (const callers of [25, 100]) {
    for (const scenario of SCENARIOS) {
      for (const slowest of SLOWEST) {
        test(`${callers} callers, ${scenario.name}, responses within ${slowest} ms`, async (t) => {
          const { wrong } = await measure(await emulatorFor(t), scenario, callers, slowest)
          assert.deepEqual(wrong, [])
        })
      }
    }
  }

  test('the same callers lose their sign-in when superseded tokens are not followed', async (t) => {
    const [mixed] = SCENARIOS
    const { revocations, wrong } = await measure(await emulatorFor(t), mixed, 25, 0, { rotation: false })
    assert.equal(revocations, 1)
    assert.ok(wrong.length > 1)
  })
})

suite('a superseded refresh token', () => {
  test('gives the remembered response when its tenant is requested, and is never sent', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const client = emulator.client()
    const first = await client.selectTenant('acme', refreshJwt)
    const again = await client.selectTenant('acme', refreshJwt)
    assert.deepEqual([first.reused, again.reused], [false, true])
    assert.equal(again.refreshJwt, first.refreshJwt)
    assert.equal(again.http.requestId, first.http.requestId)
    assert.equal((await client.me(refreshJwt)).userId, 'U2ada')
    assert.equal(await arrived(emulator, SELECT), 1)
    const { reuses, revocations } = await emulator.counters()
    assert.deepEqual({ reuses, revocations }, { reuses: 0, revocations: 0 })
  })

  test('gives a refresh the tokens of another tenant only when that follows the switch', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const client = emulator.client()
    const switched = await client.selectTenant('acme', refreshJwt)
    const error = await client.refreshSession(refreshJwt).catch((reason) => reason)
    assert.ok(error instanceof TenantMismatchError)
    assert.deepEqual([error.outcome, error.attempts, error.operation], ['not_sent', 0, 'refreshSession'])
    assert.equal(error.response.refreshJwt, switched.refreshJwt)
    assert.equal(error.response.setCookieHeaders().length, 2)
    const followed = await client.refreshSession(refreshJwt, { followSwitch: true })
    assert.deepEqual([followed.reused, followed.session.activeTenant.tenantId], [true, 'acme'])
    await assert.rejects(client.refreshSession(refreshJwt, { followSwitch: 'yes' }), { argument: 'followSwitch' })
    assert.equal(await arrived(emulator, REFRESH), 0)
  })

  test('is sent when the window is switched off', async (t) => {
    for (const options of [{ rotation: false }, { rotationGraceSeconds: 0 }]) {
      const { emulator, refreshJwt } = await rotatingEmulator(t)
      const client = emulator.client(options)
      await client.refreshSession(refreshJwt)
      assert.equal(client.diagnostics().supersededTokens, 0)
      await assert.rejects(client.refreshSession(refreshJwt), { code: 'AUTHENTICATION' })
      assert.equal((await emulator.counters()).revocations, 1)
    }
  })

  test('is counted until the client is closed', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const client = emulator.client()
    assert.deepEqual(client.diagnostics(), NONE)
    await client.refreshSession(refreshJwt)
    assert.deepEqual(client.diagnostics(), { ...NONE, supersededTokens: 1 })
    client.close()
    assert.deepEqual(client.diagnostics(), NONE)
  })
})

test('switches requested in one turn of the event loop are made in the order of the calls', async (t) => {
  const { emulator } = await rotatingEmulator(t)
  const client = emulator.client()
  const tenants = ['acme', 'globex']
  for (let round = 0; round < 20; round += 1) {
    const { refreshJwt } = await emulator.signIn('ada@example.com')
    const [first, last] = round % 2 ? tenants : tenants.toReversed()
    const calls = [first, last].map((tenant) => client.selectTenant(tenant, refreshJwt))
    for (const [index, { session }] of (await Promise.all(calls)).entries()) {
      assert.equal(session.activeTenant.tenantId, [first, last][index])
    }
    const { session } = await client.refreshSession(refreshJwt, { followSwitch: true })
    assert.equal(session.activeTenant.tenantId, last, `round ${round}`)
  }
})

suite('validateAndRefresh', () => {
  test('keeps the tenant of the expired session unless told otherwise', async (t) => {
    const { emulator, refreshJwt } = await rotatingEmulator(t)
    const client = emulator.client()
    const expired = await emulator.token({ tenant: 'globex', claims: { exp: 1 } })
    await client.selectTenant('acme', refreshJwt)
    const error = await client.validateAndRefresh(expired, refreshJwt).catch((reason) => reason)
    assert.ok(error instanceof TenantMismatchError)
    assert.equal(error.operation, 'validateAndRefresh')
    assert.equal(error.response.session.activeTenant.tenantId, 'acme')
    const { session, response } = await client.validateAndRefresh(expired, refreshJwt, { keepTenant: false })
    assert.deepEqual([session.activeTenant.tenantId, response.reused], ['acme', true])
  })

  test('refreshes before the end, and gives the valid session with the error when that fails', async (t) => {
    const { emulator, sessionJwt, refreshJwt } = await rotatingEmulator(t)
    const client = emulator.client({ retries: 0 })
    const early = { refreshBeforeMs: 3_600_000 }
    await emulator.addFault({ path: REFRESH, kind: 'status', status: 500, headers: { 'x-request-id': 'q7' } })
    const kept = await client.validateAndRefresh(sessionJwt, refreshJwt, early)
    assert.equal(kept.response, undefined)
    assert.equal(kept.session.activeTenant.tenantId, 'globex')
    const { code, outcome, operation, requestId, status, stack } = kept.refreshError
    const expected = ['SERVER', 'unknown', 'validateAndRefresh', 'q7', 500]
    assert.deepEqual([code, outcome, operation, requestId, status], expected)
    assert.match(stack.split('\n')[1], /rotation\.test\.mjs/)
    const refreshed = await client.validateAndRefresh(sessionJwt, refreshJwt, early)
    assert.ok(refreshed.response.refreshJwt)
    assert.equal(refreshed.refreshError, undefined)
    const untouched = await client.validateAndRefresh(sessionJwt, refreshJwt, { refreshBeforeMs: 0 })
    assert.deepEqual([untouched.response, untouched.refreshError], [undefined, undefined])
  })

  test('refuses options of a wrong type or out of bounds, by their TypeScript names', async (t) => {
    const { emulator, sessionJwt, refreshJwt } = await rotatingEmulator(t)
    const client = emulator.client()
    for (const [argument, value] of [
      ['refreshBeforeMs', -1],
      ['refreshBeforeMs', 3_600_001],
      ['refreshBeforeMs', Number.NaN],
      ['refreshBeforeMs', '60'],
      ['keepTenant', 1],
      ['audience', 7],
    ]) {
      const error = await client
        .validateAndRefresh(sessionJwt, refreshJwt, { [argument]: value })
        .catch((reason) => reason)
      assert.deepEqual([error.code, error.argument, error.outcome], ['INVALID_INPUT', argument, 'not_sent'])
      assert.ok(!error.message.includes('refresh_before'), error.message)
    }
    const audience = 'billing'
    await assert.rejects(client.validateAndRefresh(sessionJwt, refreshJwt, { audience }), { code: 'INVALID_TOKEN' })
  })
})
