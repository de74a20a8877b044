// Tokens delivered in cookies, as far as the SDK supports that.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claims, useEmulator } from './emulator.mjs'
import { assertRefused } from './refusals.mjs'

const emulator = useEmulator()

/** The cookies of a response: their names, in order. */
const names = (response) => response.headers.getSetCookie().map((cookie) => cookie.split('=')[0])

test('a selection reads the refresh token from its cookie, but not the session token', async () => {
  const client = emulator.client()
  await emulator.settings({ tokenDelivery: 'cookies' })
  const { refreshJwt } = await emulator.signIn('ada@example.com')

  const { ok, data, response } = await client.selectTenant('acme', refreshJwt)

  assert.equal(ok, true)
  assert.equal(data.sessionJwt, '')
  assert.equal(client.getCurrentTenant(data.refreshJwt), 'acme')
  assert.equal(claims(data.refreshJwt).drn, 'DSR')
  // Both cookies come on to the caller, who has to find the session token in them, as one joined text.
  assert.deepEqual(names(response), ['DS', 'DSR'])
  assert.deepEqual(data.cookies, [response.headers.get('set-cookie')])
  const [sessionCookie] = response.headers.getSetCookie()
  const sessionJwt = sessionCookie.slice('DS='.length, sessionCookie.indexOf(';'))
  assert.equal((await client.validateSession(sessionJwt)).token.dct, 'acme')
  for (const cookie of response.headers.getSetCookie()) {
    assert.match(cookie, /; Path=\/; Max-Age=\d+; Expires=\w{3}, [^;]+ GMT; HttpOnly; Secure; SameSite=Strict$/)
  }
})

test('a refresh reads both tokens from their cookies', async () => {
  const client = emulator.client()
  await emulator.settings({ tokenDelivery: 'cookies', refreshRotation: true })
  const { refreshJwt } = await emulator.signIn('ada@example.com', 'acme')

  const refreshed = await client.refreshSession(refreshJwt)

  assert.equal(refreshed.token.dct, 'acme')
  assert.equal(refreshed.token.drn, 'DS')
  assert.notEqual(refreshed.refreshJwt, refreshJwt)
  assert.equal(claims(refreshed.refreshJwt).drn, 'DSR')
  assert.match(refreshed.cookies[0], /^DS=.*, DSR=/)
  assert.equal((await client.refreshSession(refreshed.refreshJwt)).token.dct, 'acme')
})

test('validate-and-refresh reads both tokens from their cookies', async () => {
  await emulator.settings({ tokenDelivery: 'cookies' })
  const { refreshJwt } = await emulator.signIn('ada@example.com', 'umbrella')
  const refreshed = await emulator.client().validateAndRefreshSession('', refreshJwt)
  assert.equal(refreshed.token.dct, 'umbrella')
  assert.equal(refreshed.refreshJwt, refreshJwt)
})

test('the refresh token alone in a cookie', async () => {
  const client = emulator.client()
  await emulator.settings({ tokenDelivery: 'refresh_cookie' })
  const { data, response } = await client.selectTenant('acme', (await emulator.signIn('ada@example.com')).refreshJwt)
  assert.deepEqual(names(response), ['DSR'])
  assert.equal(client.getCurrentTenant(data.sessionJwt), 'acme')
  assert.equal(client.getCurrentTenant(data.refreshJwt), 'acme')
  assert.equal((await client.refreshSession(data.refreshJwt)).token.dct, 'acme')
})

test('the SDK finds no token under a custom cookie name', async () => {
  const client = emulator.client({ refreshCookieName: 'MY_REFRESH' })
  await emulator.settings({
    tokenDelivery: 'cookies',
    sessionCookieName: 'MY_SESSION',
    refreshCookieName: 'MY_REFRESH',
  })
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  const { data } = await client.selectTenant('acme', refreshJwt)
  assert.deepEqual([data.cookieName, data.sessionCookieName], ['MY_REFRESH', 'MY_SESSION'])
  assert.equal(data.refreshJwt, null)
  assert.match(data.cookies[0], /^MY_SESSION=.*, MY_REFRESH=/)
  await assert.rejects(client.refreshSession(refreshJwt), /refresh token validation failed/)
})

test('a refresh token that the browser sends as a cookie', async () => {
  // The SDK names the cookie to the service; the bearer has the project alone.
  await emulator.settings({ refreshCookieName: 'MY_REFRESH' })
  const { refreshJwt } = await emulator.signIn('ada@example.com', 'acme')
  const options = { refreshCookieName: 'MY_REFRESH', baseHeaders: { cookie: `DSR=stale; MY_REFRESH=${refreshJwt}` } }
  const client = emulator.client(options)
  const { data } = await client.selectTenant('umbrella')
  assert.equal(client.getCurrentTenant(data.sessionJwt), 'umbrella')
  assert.equal((await client.me()).data.name, 'Ada Lovelace')

  const [request] = await emulator.requests('/v1/auth/tenant/select')
  assert.equal(request.authorization.parts, 1)
  assert.equal(request.headers['x-descope-refresh-cookie-name'], 'MY_REFRESH')
  assertRefused(await emulator.client({ ...options, refreshCookieName: 'DSR' }).me(), 401, 'E011003')
})

test('the SDK keeps no cookies', async () => {
  const client = emulator.client()
  await emulator.settings({ tokenDelivery: 'cookies' })
  await client.selectTenant('acme', (await emulator.signIn('ada@example.com')).refreshJwt)
  await client.me((await emulator.signIn('bob@example.com')).refreshJwt)
  const [request] = await emulator.requests('/v1/auth/me')
  assert.equal('cookie' in request.headers, false)
})

test('logout clears the cookies', async () => {
  await emulator.settings({ tokenDelivery: 'cookies' })
  const { ok, response } = await emulator.client().logout((await emulator.signIn('ada@example.com')).refreshJwt)
  assert.equal(ok, true)
  assert.deepEqual(
    response.headers.getSetCookie(),
    ['DS', 'DSR'].map(
      (name) => `${name}=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict`,
    ),
  )
})
