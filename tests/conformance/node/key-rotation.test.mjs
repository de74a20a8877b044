// Signing keys that come and go.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADA, header, useEmulator } from './emulator.mjs'

const emulator = useEmulator()

test('a new key is fetched once, and the former one still serves', async () => {
  const client = emulator.client()
  const before = await emulator.signIn('ada@example.com')
  await client.validateSession(before.sessionJwt)
  assert.equal(await emulator.keyFetches(), 1)

  const kid = await emulator.rotateKeys()
  const { data } = await client.selectTenant('acme', before.refreshJwt)

  assert.equal(header(data.sessionJwt).kid, kid)
  assert.notEqual(header(before.sessionJwt).kid, kid)
  assert.equal((await client.validateSession(data.sessionJwt)).token.dct, 'acme')
  assert.equal(await emulator.keyFetches(), 2)
  assert.equal((await client.validateSession(before.sessionJwt)).token.sub, ADA.userId)
  assert.equal((await client.refreshSession(before.refreshJwt)).token.sub, ADA.userId)
  assert.equal(await emulator.keyFetches(), 2)
})

test('a retired key is never forgotten', async () => {
  const client = emulator.client()
  const before = await emulator.signIn('ada@example.com', 'acme')
  await client.validateSession(before.sessionJwt)
  await emulator.rotateKeys({ retire: true })

  const after = await client.refreshSession(before.refreshJwt)

  // The refresh gave a token that can still be verified in place of the one of the retired key.
  assert.equal(after.token.dct, 'acme')
  assert.notEqual(after.refreshJwt, before.refreshJwt)
  assert.equal(header(after.refreshJwt).kid, header(after.jwt).kid)
  assert.equal((await client.refreshSession(after.refreshJwt)).token.dct, 'acme')
  // Fetched keys are added to those that the client has.
  assert.equal((await client.validateSession(before.sessionJwt)).token.dct, 'acme')
  await assert.rejects(emulator.client().validateSession(before.sessionJwt), /failed to fetch matching key/)
})

test('a fresh client cannot refresh with a token of a retired key', async () => {
  // The SDK verifies the refresh token before it sends it. A selection it sends as it is.
  const client = emulator.client()
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  await emulator.rotateKeys({ retire: true })
  await assert.rejects(client.refreshSession(refreshJwt), /failed to fetch matching key/)
  assert.equal((await client.selectTenant('acme', refreshJwt)).ok, true)
})

test('every unknown key costs a fetch', async () => {
  const client = emulator.client()
  for (const kid of ['unknown-1', 'unknown-2', 'unknown-3']) {
    await assert.rejects(client.validateSession(await emulator.mint({ kid })), /failed to fetch matching key/)
  }
  assert.equal(await emulator.keyFetches(), 3)
})

test('a supplied key is the only one', async () => {
  const [key, ...more] = await emulator.publishedKeys()
  assert.deepEqual(more, [])
  assert.deepEqual(Object.keys(key).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
  const client = emulator.client({ publicKey: JSON.stringify(key) })
  const { sessionJwt } = await emulator.signIn('ada@example.com', 'acme')
  assert.equal((await client.validateSession(sessionJwt)).token.dct, 'acme')

  await emulator.rotateKeys()
  const rotated = await emulator.signIn('ada@example.com', 'acme')
  await assert.rejects(client.validateSession(rotated.sessionJwt), /failed to fetch matching key/)
  assert.deepEqual(await emulator.requests(), [])
})

for (const signingAlgorithm of ['RS512', 'PS256', 'ES256', 'ES384', 'EdDSA']) {
  test(`tokens of ${signingAlgorithm}`, async () => {
    const client = emulator.client()
    await emulator.settings({ signingAlgorithm })
    const { refreshJwt } = await emulator.signIn('ada@example.com', 'acme')
    const { jwt, token } = await client.refreshSession(refreshJwt)
    assert.equal(header(jwt).alg, signingAlgorithm)
    assert.equal(token.dct, 'acme')
  })
}
