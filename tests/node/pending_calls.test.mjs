// Calls that share a request, and calls of a client that is closed: every caller gets its own result.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  APITimeoutError,
  ClientClosedError,
  InternalServerError,
  KeysUnavailableError,
  RateLimitError,
} from 'tenant-select'
import { emulatorWithUser } from './emulator.mjs'

const SELECT = '/v1/auth/tenant/select'
const ME = '/v1/auth/me'

/** How many requests came to a path. */
async function arrived(emulator, path) {
  const entries = await emulator.requests()
  return entries.filter((entry) => entry.event === 'request' && entry.path === path).length
}

/** The error that a call is rejected with, which has to be of this class. */
async function rejection(call, type) {
  const error = await call.then(
    () => assert.fail('it succeeded'),
    (reason) => reason,
  )
  assert.ok(error instanceof type, error)
  return error
}

test('a caller that joins a call outlives the deadline of the first', async (t) => {
  const { emulator, refreshJwt } = await emulatorWithUser(t)
  const client = emulator.client()
  await emulator.addFault({ path: SELECT, kind: 'delay', delayMs: 1000 })
  const first = rejection(client.selectTenant('acme', refreshJwt, { timeoutMs: 500 }), APITimeoutError)
  await emulator.waitFor('request', { path: SELECT })
  const second = client.selectTenant('acme', refreshJwt)
  const { outcome, retryable, attempts } = await first
  assert.deepEqual({ outcome, retryable, attempts }, { outcome: 'unknown', retryable: false, attempts: 1 })
  assert.ok((await second).session)
  assert.equal(await arrived(emulator, SELECT), 1)
})

test('a caller with an earlier deadline gives up alone', async (t) => {
  const { emulator, refreshJwt } = await emulatorWithUser(t)
  const client = emulator.client()
  await emulator.addFault({ path: SELECT, kind: 'delay', delayMs: 1000 })
  const ended = []
  const first = client.selectTenant('acme', refreshJwt).finally(() => ended.push('first'))
  await emulator.waitFor('request', { path: SELECT })
  const error = await rejection(client.selectTenant('acme', refreshJwt, { timeoutMs: 100 }), APITimeoutError)
  assert.deepEqual([error.outcome, error.attempts], ['unknown', 1])
  assert.deepEqual(ended, [])
  assert.ok((await first).session)
  assert.equal(await arrived(emulator, SELECT), 1)
})

test('a caller that gives up while the response is verified gets the response', async (t) => {
  const { emulator, refreshJwt } = await emulatorWithUser(t)
  const client = emulator.client()
  await emulator.addFault({ path: '/v2/keys/*', kind: 'delay', delayMs: 1000 })
  const first = client.selectTenant('acme', refreshJwt)
  const error = await rejection(client.selectTenant('acme', refreshJwt, { timeoutMs: 500 }), KeysUnavailableError)
  assert.equal(error.outcome, 'applied')
  assert.ok(error.response.refreshJwt)
  assert.ok((await first).session)
  assert.equal(await arrived(emulator, SELECT), 1)
})

test('calls with other retry settings are not the same', async (t) => {
  const { emulator, refreshJwt } = await emulatorWithUser(t)
  const client = emulator.client()
  await emulator.addFault({ path: SELECT, kind: 'status', status: 503, headers: { 'Retry-After': '0' }, times: null })
  const settings = [{ retries: 5 }, { retries: 0 }, { retries: 5, retryUnknown: true }]
  const calls = settings.map((options) =>
    rejection(client.selectTenant('acme', refreshJwt, options), InternalServerError),
  )
  const attempts = (await Promise.all(calls)).map((error) => error.attempts)
  assert.deepEqual(attempts, [6, 1, 6])
})

test('a pending call is verified after its client was closed', async (t) => {
  const { emulator, refreshJwt } = await emulatorWithUser(t)
  const client = emulator.client()
  await emulator.addFault({ path: SELECT, kind: 'status', status: 503, headers: { 'Retry-After': '1' } })
  const call = client.selectTenant('acme', refreshJwt)
  await emulator.waitFor('response', { path: SELECT })
  client.close()
  const response = await call
  assert.ok(response.session)
  assert.equal(response.http.attempts, 2)
  await rejection(client.selectTenant('acme', refreshJwt), ClientClosedError)
  assert.equal(await arrived(emulator, SELECT), 2)
})

test('a closed rate-limit gate does not delay a sign-out', async (t) => {
  const { emulator, refreshJwt } = await emulatorWithUser(t)
  const client = emulator.client()
  const other = await emulator.signIn('ada@example.com')
  await emulator.addFault({ path: ME, kind: 'status', status: 429, headers: { 'Retry-After': '50' } })
  await rejection(client.me(refreshJwt), RateLimitError)
  await client.logout(other.refreshJwt)
  await client.logoutAll(refreshJwt)
  const error = await rejection(client.me(refreshJwt), RateLimitError)
  assert.deepEqual([error.outcome, error.attempts], ['not_sent', 0])
})

test('the next call becomes the half-open probe when the first one stalls', async (t) => {
  const { emulator, refreshJwt } = await emulatorWithUser(t)
  const client = emulator.client({ retries: 0 })
  await emulator.addFault({ path: ME, kind: 'status', status: 429, headers: { 'Retry-After': '0' } })
  await emulator.addFault({ path: ME, kind: 'stall' })
  await rejection(client.me(refreshJwt), RateLimitError)
  const ended = []
  const halfOpenProbe = rejection(client.me(refreshJwt, { timeoutMs: 5000 }), APITimeoutError).then(() =>
    ended.push('half-open probe'),
  )
  await emulator.waitFor('request', { path: ME, count: 2 })
  const users = await Promise.all(Array.from({ length: 50 }, () => client.me(refreshJwt)))
  assert.ok(users.every((user) => user.userId))
  assert.deepEqual(ended, [])
  await halfOpenProbe
})
