// Validating, refreshing, and ending a session.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADA, claims, useEmulator } from './emulator.mjs'
import { assertRefused } from './refusals.mjs'

const REFRESH = '/v1/auth/refresh'
const AN_HOUR = 3600
const emulator = useEmulator()

/** A session token that expired since, and a refresh token that did not. */
async function signedInAnHourAgo() {
  await emulator.advanceClock(-AN_HOUR)
  const signedIn = await emulator.signIn('ada@example.com', 'acme')
  await emulator.advanceClock(AN_HOUR)
  return signedIn
}

test('a valid session', async () => {
  const client = emulator.client()
  const { sessionJwt } = await emulator.signIn('ada@example.com', 'acme')
  const session = await client.validateSession(sessionJwt)
  // The SDK writes the project over the issuer.
  assert.deepEqual(session, { jwt: sessionJwt, token: { ...claims(sessionJwt), iss: emulator.projectId } })
  assert.equal(session.token.dct, 'acme')

  assert.deepEqual(await client.validateSession(sessionJwt), session)
  assert.deepEqual(
    (await emulator.requests()).map((request) => request.path),
    [`/v2/keys/${emulator.projectId}`],
  )
})

test('an expired session', async () => {
  const { sessionJwt } = await signedInAnHourAgo()
  const client = emulator.client()
  assert.equal(client.isJwtExpired(sessionJwt), true)
  await assert.rejects(
    client.validateSession(sessionJwt),
    /session validation failed.*"exp" claim timestamp check failed/,
  )
})

test('a session of the future is taken: the SDK does not look at "iat"', async () => {
  await emulator.advanceClock(AN_HOUR)
  const { sessionJwt } = await emulator.signIn('ada@example.com')
  assert.equal((await emulator.client().validateSession(sessionJwt)).token.sub, ADA.userId)
  const notYet = await emulator.mint({ claims: { nbf: Math.floor(Date.now() / 1000) + AN_HOUR } })
  await assert.rejects(emulator.client().validateSession(notYet), /"nbf" claim timestamp check failed/)
})

test('a forged session', async () => {
  const client = emulator.client()
  await assert.rejects(
    client.validateSession(await emulator.mint({ sign: 'other_key' })),
    /session validation failed.*signature verification failed/,
  )
  await assert.rejects(client.validateSession(await emulator.mint({ sign: 'none' })), /session validation failed/)
})

test('a session of another project', async () => {
  const token = await emulator.mint({ claims: { iss: 'https://api.example.com/v1/apps/P2somebodyElse' } })
  await assert.rejects(emulator.client().validateSession(token), /unexpected "iss" claim value/)
})

for (const issuer of [
  '{projectId}',
  '{url}/{projectId}',
  '{url}/v1/apps/{projectId}',
  '{url}/v1/apps/agentic/{projectId}/mcp',
]) {
  test(`the issuer ${issuer}`, async () => {
    await emulator.settings({ issuer })
    const { sessionJwt } = await emulator.signIn('ada@example.com')
    assert.equal((await emulator.client().validateSession(sessionJwt)).token.iss, emulator.projectId)
  })
}

test('the SDK takes a refresh token for a session', async () => {
  // It does not look at `drn`.
  const { refreshJwt } = await emulator.signIn('ada@example.com', 'acme')
  assert.equal((await emulator.client().validateSession(refreshJwt)).token.drn, 'DSR')
})

test('the audience is checked when one is given', async () => {
  const client = emulator.client()
  await emulator.settings({ audience: ['backend', 'reports'] })
  const { sessionJwt } = await emulator.signIn('ada@example.com')
  assert.equal((await client.validateSession(sessionJwt)).token.sub, ADA.userId)
  assert.equal((await client.validateSession(sessionJwt, { audience: 'backend' })).token.sub, ADA.userId)
  await assert.rejects(client.validateSession(sessionJwt, { audience: 'frontend' }), /unexpected "aud" claim value/)
})

test('a refresh keeps the tenant', async () => {
  const client = emulator.client()
  const selected = await client.selectTenant('umbrella', (await emulator.signIn('ada@example.com')).refreshJwt)
  const { refreshJwt } = selected.data
  const refreshed = await client.refreshSession(refreshJwt)
  assert.equal(refreshed.token.dct, 'umbrella')
  assert.equal(refreshed.refreshJwt, refreshJwt)
  assert.equal(client.getCurrentTenant(refreshed.jwt), 'umbrella')
})

test('a refresh without a token in the response leaves the caller its own', async () => {
  await emulator.settings({ refreshReturnsToken: false })
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  const refreshed = await emulator.client().refreshSession(refreshJwt)
  assert.equal('refreshJwt' in refreshed, false)
  assert.deepEqual(refreshed.cookies, [])
})

test('a refresh with an external token', async () => {
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  const { ok, data } = await emulator.client().refresh(refreshJwt, 'of-another-provider')
  assert.deepEqual([ok, data.externalToken], [true, 'of-another-provider'])
  assert.deepEqual((await emulator.requests(REFRESH))[0].bodyKeys, ['externalToken'])
})

test('a refresh after revocation drops the tenant', async () => {
  const { refreshJwt } = await emulator.signIn('ada@example.com', 'acme')
  await emulator.settings({ automaticDct: false })
  await emulator.control('DELETE', '/users/ada%40example.com/tenants/acme')
  const { token } = await emulator.client().refreshSession(refreshJwt)
  assert.equal('dct' in token, false)
  assert.deepEqual(Object.keys(token.tenants), ['umbrella'])
})

test('an expired refresh token is refused by the service', async () => {
  // Four weeks on by the emulator's clock; by the SDK's, which it looks at first, the token is still good.
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  await emulator.advanceClock(4 * 7 * 24 * AN_HOUR)
  const client = emulator.client()
  assertRefused(await client.refresh(refreshJwt), 401, 'E011003')
  await assert.rejects(client.refreshSession(refreshJwt), /refresh token validation failed.*the token has expired/)
})

test('validate-and-refresh leaves a valid session alone', async () => {
  const { sessionJwt, refreshJwt } = await emulator.signIn('ada@example.com', 'acme')
  const session = await emulator.client().validateAndRefreshSession(sessionJwt, refreshJwt)
  assert.equal(session.jwt, sessionJwt)
  assert.deepEqual(await emulator.requests(REFRESH), [])
})

test('validate-and-refresh refreshes an expired or missing session', async () => {
  const client = emulator.client()
  const { sessionJwt, refreshJwt } = await signedInAnHourAgo()
  for (const presented of [sessionJwt, '']) {
    const refreshed = await client.validateAndRefreshSession(presented, refreshJwt)
    assert.notEqual(refreshed.jwt, sessionJwt)
    assert.equal((await client.validateSession(refreshed.jwt)).token.dct, 'acme')
  }
  assert.equal((await emulator.requests(REFRESH)).length, 2)
})

test('validate-and-refresh needs a token', async () => {
  const client = emulator.client()
  await assert.rejects(client.validateAndRefreshSession('', ''), {
    message: 'both session and refresh tokens are empty',
  })
  const { sessionJwt } = await signedInAnHourAgo()
  await assert.rejects(client.validateAndRefreshSession(sessionJwt, ''), {
    message: 'refresh token is required to refresh a session',
  })
})

test('logout ends one sign-in', async () => {
  const client = emulator.client()
  const here = (await emulator.signIn('ada@example.com')).refreshJwt
  const elsewhere = (await emulator.signIn('ada@example.com')).refreshJwt

  const { ok, data } = await client.logout(here)

  assert.equal(ok, true)
  assert.deepEqual([data.sessionJwt, data.refreshJwt, data.cookieMaxAge, data.cookieExpiration], ['', '', 0, 0])
  assertRefused(await client.refresh(here), 401, 'E064001')
  assertRefused(await client.selectTenant('acme', here), 401, 'E064001')
  assert.equal((await client.refreshSession(elsewhere)).token.sub, ADA.userId)
})

test('logout everywhere ends every sign-in of the user', async () => {
  const client = emulator.client()
  const here = (await emulator.signIn('ada@example.com')).refreshJwt
  const elsewhere = (await emulator.signIn('ada@example.com')).refreshJwt
  const bobs = (await emulator.signIn('bob@example.com')).refreshJwt

  const { ok, data } = await client.logoutAll(here)

  assert.deepEqual([ok, data.refreshJwt], [true, ''])
  assertRefused(await client.refresh(here), 401, 'E064001')
  assertRefused(await client.refresh(elsewhere), 401, 'E064001')
  assert.equal((await client.refreshSession(bobs)).token.dct, 'globex')
})

test('a session outlives logout until it expires', async () => {
  // A session token is validated without a request.
  const client = emulator.client()
  const { sessionJwt, refreshJwt } = await emulator.signIn('ada@example.com')
  await client.logout(refreshJwt)
  assert.equal((await client.validateSession(sessionJwt)).token.sub, ADA.userId)
})
