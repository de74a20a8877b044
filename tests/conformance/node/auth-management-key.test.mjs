// A project that requires the auth management key: the bearer's last part.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADA, useEmulator } from './emulator.mjs'
import { assertRefused } from './refusals.mjs'

const KEY = 'K2conformanceAuthManagementKey'
const emulator = useEmulator()

test('every call carries the key', async () => {
  const client = emulator.client({ authManagementKey: KEY })
  await emulator.settings({ authManagementKey: KEY })
  const signedIn = await emulator.signIn('ada@example.com')

  const { refreshJwt } = (await client.selectTenant('acme', signedIn.refreshJwt)).data
  assert.equal((await client.refreshSession(refreshJwt)).token.dct, 'acme')
  assert.equal((await client.me(refreshJwt)).data.userId, ADA.userId)
  assert.equal((await client.myTenants(true, refreshJwt)).data.tenants[0].id, 'acme')
  assert.equal((await client.history(refreshJwt)).data[0].selectedTenant, 'acme')
  assert.equal((await client.logout(refreshJwt)).ok, true)

  const parts = (await emulator.requests()).map(({ path, authorization }) => [path, authorization.parts])
  assert.deepEqual(Object.fromEntries(parts), {
    '/v1/auth/tenant/select': 3,
    '/v1/auth/refresh': 3,
    '/v1/auth/me': 3,
    '/v1/auth/me/tenants': 3,
    '/v1/auth/me/history': 3,
    '/v1/auth/logout': 3,
    [`/v2/keys/${emulator.projectId}`]: 2,
  })
})

for (const [name, authManagementKey] of [
  ['missing', undefined],
  ['wrong', 'K2another'],
]) {
  test(`a call with the key ${name} is refused`, async () => {
    const client = emulator.client({ authManagementKey })
    await emulator.settings({ authManagementKey: KEY })
    const { refreshJwt } = await emulator.signIn('ada@example.com')
    assertRefused(await client.selectTenant('acme', refreshJwt), 401, 'E011003')
  })
}

test('a call with the key and without a token', async () => {
  // The key takes the token's place in the bearer, and is known for what it is.
  await emulator.settings({ authManagementKey: KEY })
  assertRefused(await emulator.client({ authManagementKey: KEY }).me(), 401, 'E011002')
  const [request] = await emulator.requests()
  assert.equal(request.authorization.parts, 2)
})

test('a key that is not required does no harm', async () => {
  const client = emulator.client({ authManagementKey: KEY })
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  assert.equal((await client.selectTenant('acme', refreshJwt)).ok, true)
})
