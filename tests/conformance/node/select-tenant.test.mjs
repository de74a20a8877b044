// Selecting a tenant.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ADA, BOB, claims, header, useEmulator } from './emulator.mjs'
import { assertRefused } from './refusals.mjs'

const SELECT = '/v1/auth/tenant/select'
const emulator = useEmulator()

test('a member gets a session in the tenant', async () => {
  const client = emulator.client()
  const signedIn = await emulator.signIn('ada@example.com')
  assert.equal(client.getCurrentTenant(signedIn.sessionJwt), '')

  const { ok, code, data } = await client.selectTenant('acme', signedIn.refreshJwt)

  assert.deepEqual([ok, code], [true, 200])
  assert.equal(client.getCurrentTenant(data.sessionJwt), 'acme')
  assert.equal(client.getCurrentTenant(data.refreshJwt), 'acme')
  assert.deepEqual(client.getTenants(data.sessionJwt), ['acme', 'umbrella'])
  assert.equal(client.isJwtExpired(data.sessionJwt), false)
  assert.equal(header(data.sessionJwt).alg, 'RS256')
  assert.equal(claims(data.sessionJwt).drn, 'DS')
  assert.equal(claims(data.refreshJwt).drn, 'DSR')
  assert.equal(data.sessionExpiration, claims(data.sessionJwt).exp)
  assert.equal(data.cookieExpiration, claims(data.refreshJwt).exp)
  assert.equal(data.firstSeen, false)
  assert.deepEqual(data.user, (await client.me(data.refreshJwt)).data)

  // The SDK gives the tokens out unverified; they stand the test all the same.
  assert.equal(await emulator.keyFetches(), 0)
  assert.equal((await client.validateSession(data.sessionJwt)).token.dct, 'acme')
  assert.equal((await client.validateJwt(data.refreshJwt)).token.sub, ADA.userId)
})

test('selecting again changes the tenant', async () => {
  const client = emulator.client()
  const first = await client.selectTenant('acme', (await emulator.signIn('ada@example.com')).refreshJwt)
  const second = await client.selectTenant('umbrella', first.data.refreshJwt)
  assert.equal(client.getCurrentTenant(first.data.sessionJwt), 'acme')
  assert.equal(client.getCurrentTenant(second.data.sessionJwt), 'umbrella')
  assert.equal(client.getCurrentTenant(second.data.refreshJwt), 'umbrella')
})

for (const [name, tenant] of [
  ['a tenant of others', 'globex'],
  ['an unknown tenant', 'no-such-tenant'],
]) {
  test(`${name} is refused`, async () => {
    const client = emulator.client()
    const { refreshJwt } = await emulator.signIn('ada@example.com', 'acme')
    assertRefused(await client.selectTenant(tenant, refreshJwt), 403, 'E011003')

    // Nothing has changed: the token still counts, and still for the tenant before.
    assert.equal((await client.refreshSession(refreshJwt)).token.dct, 'acme')
    assert.deepEqual(
      (await client.history(refreshJwt)).data.map((entry) => entry.selectedTenant),
      ['acme'],
    )
  })
}

test('a revoked membership is refused', async () => {
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  await emulator.control('DELETE', '/users/ada%40example.com/tenants/acme')
  assertRefused(await emulator.client().selectTenant('acme', refreshJwt), 403, 'E011003')
})

test('the SDK does not check the tenant of the response', async () => {
  const client = emulator.client()
  const body = await emulator.signIn('ada@example.com', 'umbrella')
  await emulator.control('POST', '/faults', { path: SELECT, kind: 'status', status: 200, body })
  const { data } = await client.selectTenant('acme', (await emulator.signIn('ada@example.com')).refreshJwt)
  assert.equal(client.getCurrentTenant(data.sessionJwt), 'umbrella')
})

test('an empty tenant is for the service to refuse', async () => {
  // The SDK sends any text as it is.
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  assertRefused(await emulator.client().selectTenant('', refreshJwt), 400, 'E011002')
})

test('a missing refresh token is for the service to refuse', async () => {
  const client = emulator.client()
  for (const token of [undefined, '']) {
    assertRefused(await client.selectTenant('acme', token), 401, 'E011002')
  }
  const parts = (await emulator.requests(SELECT)).map((request) => request.authorization.parts)
  assert.deepEqual(parts, [1, 1])
})

test('arguments that are not text are refused before anything is sent', async () => {
  const client = emulator.client()
  await assert.rejects(client.selectTenant(7, 'token'), { message: 'tenantId' })
  await assert.rejects(client.selectTenant('acme', 7), { message: '"token" must be string or undefined' })
  assert.deepEqual(await emulator.requests(), [])
})

for (const [name, spec] of [
  ['a session token', { profile: 'session' }],
  ['a token with a wrong signature', { profile: 'refresh', sign: 'other_key' }],
  ['an expired token', { profile: 'refresh', lifetimeSeconds: -1 }],
]) {
  test(`${name} is refused by the service`, async () => {
    const token = await emulator.mint({ claims: { sub: ADA.userId }, ...spec })
    assertRefused(await emulator.client().selectTenant('acme', token), 401, 'E011003')
  })
}

test('the only tenant is active without a selection', async () => {
  const client = emulator.client()
  const { token } = await client.refreshSession((await emulator.signIn('bob@example.com')).refreshJwt)
  assert.equal(token.dct, 'globex')
  assert.equal(token.sub, BOB.userId)
})

test('the SDK makes a cookie of a refresh token in the body', async () => {
  await emulator.settings({ cookieDomain: 'example.com', cookiePath: '/app' })
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  const { data } = await emulator.client().selectTenant('acme', refreshJwt)
  // Without Secure, and none for the session.
  assert.deepEqual(data.cookies, [
    `DSR=${data.refreshJwt}; Domain=example.com; Max-Age=${data.cookieMaxAge}; Path=/app; HttpOnly; SameSite=Strict`,
  ])
})

test('what the SDK sends', async () => {
  await emulator.client().selectTenant('acme', (await emulator.signIn('ada@example.com')).refreshJwt)
  const [request, ...more] = await emulator.requests(SELECT)
  assert.deepEqual(more, [])
  assert.equal(request.authorization.parts, 2)
  assert.deepEqual(request.bodyKeys, ['tenant'])
  assert.equal(request.headers['x-descope-sdk-name'], 'nodejs')
  assert.equal(request.headers['x-descope-sdk-version'], sdkVersion())
  assert.equal(request.headers['x-descope-project-id'], emulator.projectId)
})

/** The version of the installed SDK, whose package does not export its own description. */
function sdkVersion() {
  const entry = fileURLToPath(import.meta.resolve('@descope/node-sdk'))
  return JSON.parse(readFileSync(entry.replace(/dist\/.*$/, 'package.json'))).version
}
