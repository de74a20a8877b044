// A service that is busy or ill.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { useEmulator } from './emulator.mjs'

const SELECT = '/v1/auth/tenant/select'
const emulator = useEmulator()

test('a rate limit', async () => {
  const client = emulator.client()
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  await emulator.settings({ rateLimit: { limit: 1, windowSeconds: 600 } })
  await client.me(refreshJwt)

  const { ok, code, error } = await client.selectTenant('acme', refreshJwt)

  assert.deepEqual([ok, code], [false, 429])
  const { retryAfter, ...body } = error
  assert.deepEqual(body, {
    errorCode: 'E130429',
    errorDescription: 'https://docs.descope.com/rate-limit',
    errorMessage: 'API rate limit exceeded.',
  })
  assert.ok(retryAfter > 0 && retryAfter <= 600, `retryAfter is ${retryAfter}`)
  // The SDK does not wait: one call, one request.
  assert.equal((await emulator.requests(SELECT)).length, 1)

  await emulator.advanceClock(600)
  assert.equal((await client.selectTenant('acme', refreshJwt)).ok, true)
})

test('the SDK sends a selection again on 503', async () => {
  const client = emulator.client()
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  await emulator.control('POST', '/faults', { path: SELECT, kind: 'status', status: 503 })
  assert.equal((await client.selectTenant('acme', refreshJwt)).ok, true)
  assert.deepEqual(
    (await emulator.requests(SELECT)).map((request) => request.status),
    [503, 200],
  )
})

test('an error page is a SyntaxError', async () => {
  const client = emulator.client()
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  await emulator.control('POST', '/faults', {
    path: SELECT,
    kind: 'status',
    status: 502,
    body: '<html><title>502 Bad Gateway</title></html>',
    headers: { 'content-type': 'text/html' },
  })
  await assert.rejects(client.selectTenant('acme', refreshJwt), SyntaxError)
  assert.equal((await emulator.requests(SELECT)).length, 1)
})
