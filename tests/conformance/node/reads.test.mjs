// Reading the user, the tenants, and the history.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADA, useEmulator } from './emulator.mjs'
import { assertRefused } from './refusals.mjs'

const emulator = useEmulator()

test('me is the user at the root', async () => {
  const { ok, data } = await emulator.client().me((await emulator.signIn('ada@example.com')).refreshJwt)
  assert.equal(ok, true)
  const expected = {
    loginIds: ['ada@example.com'],
    userId: ADA.userId,
    name: 'Ada Lovelace',
    givenName: 'Ada',
    familyName: 'Lovelace',
    email: 'ada@example.com',
    verifiedEmail: true,
    phone: '+441234567890',
    verifiedPhone: false,
    roleNames: ['staff'],
    permissions: ['login'],
    status: 'enabled',
    customAttributes: { team: 'engines' },
    userTenants: [
      { tenantId: 'acme', tenantName: 'Acme Ltd.', roleNames: ['admin', 'editor'], permissions: ['read', 'write'] },
      { tenantId: 'umbrella', tenantName: 'umbrella', roleNames: ['viewer'], permissions: ['read'] },
    ],
  }
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, data[name]])), expected)
})

const ACME = { id: 'acme', name: 'Acme Ltd.', customAttributes: { plan: 'gold', seats: 12 } }
const UMBRELLA = { id: 'umbrella', name: 'umbrella', customAttributes: {} }

/** The part of a response that the SDK has types for. */
const tenants = ({ data }) => data.tenants.map(({ id, name, customAttributes }) => ({ id, name, customAttributes }))

test('my tenants with true is the selected one', async () => {
  const client = emulator.client()
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  assert.deepEqual(tenants(await client.myTenants(true, refreshJwt)), [])
  const selected = (await client.selectTenant('acme', refreshJwt)).data.refreshJwt
  assert.deepEqual(tenants(await client.myTenants(true, selected)), [ACME])
})

test('my tenants with ids are those the user belongs to', async () => {
  const client = emulator.client()
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  assert.deepEqual(tenants(await client.myTenants(['umbrella'], refreshJwt)), [UMBRELLA])
  assert.deepEqual(tenants(await client.myTenants(['acme', 'umbrella', 'globex', 'nowhere'], refreshJwt)), [
    ACME,
    UMBRELLA,
  ])
})

test('my tenants with false or no ids are all of them', async () => {
  // The SDK's types forbid false, the SDK itself does not.
  const client = emulator.client()
  const { refreshJwt } = await emulator.signIn('ada@example.com', 'acme')
  assert.deepEqual(tenants(await client.myTenants(false, refreshJwt)), [ACME, UMBRELLA])
  assert.deepEqual(tenants(await client.myTenants([], refreshJwt)), [ACME, UMBRELLA])
})

test('the history has sign-in and selections', async () => {
  const client = emulator.client()
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  await client.selectTenant('acme', refreshJwt)
  await client.selectTenant('umbrella', refreshJwt)
  await client.refreshSession(refreshJwt) // leaves no entry

  const { data } = await client.history(refreshJwt)

  // A list, newest first, although the SDK's types promise a single entry.
  assert.deepEqual(
    data.map((entry) => entry.selectedTenant),
    ['umbrella', 'acme', ''],
  )
  for (const entry of data) {
    assert.deepEqual(Object.keys(entry).sort(), ['city', 'country', 'ip', 'loginTime', 'selectedTenant', 'userId'])
    assert.equal(entry.userId, ADA.userId)
    assert.equal(entry.ip, '127.0.0.1')
  }
  const times = data.map((entry) => entry.loginTime)
  assert.deepEqual(
    times,
    times.toSorted((a, b) => b - a),
  )
})

for (const operation of ['me', 'history', 'logout', 'logoutAll']) {
  test(`${operation} without a token is refused by the service`, async () => {
    const client = emulator.client()
    assertRefused(await client[operation](), 401, 'E011002')
    assertRefused(await client[operation](''), 401, 'E011002')
    const requests = await emulator.requests()
    assert.deepEqual(
      requests.map((request) => request.authorization.parts),
      [1, 1],
    )
    // Thrown at once, not as a rejection, by these four.
    assert.throws(() => client[operation](7), { message: '"token" must be string or undefined' })
  })
}
