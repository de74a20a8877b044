// Nothing that the package prints, throws or logs holds a token; what is serialised on purpose does.

import assert from 'node:assert/strict'
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { suite, test } from 'node:test'
import { format, inspect } from 'node:util'
import { Client } from 'tenant-select'
import { printed } from './canonical.mjs'
import { emulatorWithUser } from './emulator.mjs'

const SEED = 'seedSeedSeedSeedSeedSeedSeedSeed'
const tokenOf = (name) => `eyJhbGciOiJSUzI1NiJ9.${name}${SEED}.${SEED}c2ln`

/** What `console` makes of a value. `dir` and `table` look past every object's own way to print, so they are not here. */
function logged(value) {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  })
  const console = new Console({ stdout: stream, stderr: stream })
  console.log(value)
  console.error('%s %o %O', value, value, value)
  console.trace(value)
  console.log({ nested: { value } }, [value], new Map([[value, value]]), new Set([value]))
  return text
}

function assertHidden(value, ...secrets) {
  const texts = [
    printed(value),
    logged(value),
    format('%s %j', value, {}),
    inspect({ value }, { depth: 9 }),
    inspect([value]),
  ]
  for (const text of texts) {
    for (const secret of secrets) assert.ok(!text.includes(secret), `prints ${secret}:\n${text}`)
  }
}

suite('redaction', () => {
  test('results show that they hold tokens, without the tokens', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const body = {
      sessionJwt: tokenOf('session'),
      refreshJwt: tokenOf('refresh'),
      externalToken: tokenOf('external'),
      trustedDeviceJwt: tokenOf('trusted'),
      knownDeviceJwt: tokenOf('known'),
      newToken: tokenOf('unknown'),
      cookieDomain: 'app.example',
      user: { name: 'Ada', newSecret: tokenOf('inUser'), userTenants: [{ tenantId: 'T1', deep: tokenOf('inTenant') }] },
      idpResponse: { samlResponse: tokenOf('saml'), oidcResponse: tokenOf('oidc'), idpGroups: ['staff'] },
    }
    await emulator.addFault({ path: '/v1/auth/refresh', kind: 'status', status: 200, body })
    const response = await emulator.client({ verify: false }).refreshSession(refreshJwt)
    assertHidden(response, SEED)
    const text = inspect(response, { depth: null })
    for (const shown of [
      'JWTResponse {',
      'sessionJwt: [redacted]',
      "cookieDomain: 'app.example'",
      "name: 'Ada'",
      "'staff'",
    ]) {
      assert.ok(text.includes(shown), `${shown} is not in ${text}`)
    }
    assert.equal(inspect({ a: { response } }, { depth: 0 }), '{ a: [Object] }')
    assert.equal(inspect({ response }, { depth: 0 }), '{ response: [JWTResponse] }')
    const { sessionJwt, extra } = response
    assert.equal(sessionJwt, body.sessionJwt)
    assertHidden(extra, SEED)
    assert.equal(inspect(extra), '{ newToken: [redacted] }')
    assert.deepEqual({ ...extra }, { newToken: body.newToken })
    assert.deepEqual(JSON.parse(JSON.stringify(response)), body)
  })

  test('an error shows no token, also when it carries a response', async (t) => {
    const { emulator } = await emulatorWithUser(t)
    const { refreshJwt } = await emulator.signIn('ada@example.com')
    await emulator.addUser({ loginId: 'eve@example.com', tenants: { acme: {} } })
    const eve = await emulator.signIn('eve@example.com', 'acme')
    const body = { sessionJwt: eve.sessionJwt, refreshJwt: eve.refreshJwt }
    await emulator.addFault({ path: '/v1/auth/tenant/select', kind: 'status', status: 200, body })
    const error = await emulator
      .client()
      .selectTenant('acme', refreshJwt)
      .catch((caught) => caught)
    assert.equal(error.code, 'USER_MISMATCH')
    assert.equal(error.outcome, 'applied')
    assert.equal(error.response.sessionJwt, eve.sessionJwt)
    assert.ok(!Object.keys(error).includes('response'))
    const secrets = [refreshJwt, eve.sessionJwt, eve.refreshJwt].flatMap((token) => token.split('.').slice(1))
    assertHidden(error, ...secrets)
    // What loggers do: copy the own properties.
    assertHidden({ ...error, message: error.message, stack: error.stack }, ...secrets)
    assert.throws(() => error.response.setCookieHeaders(), { code: 'USER_MISMATCH' })
  })

  test('text of the service that looks like a token is redacted', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const said = `the token ${tokenOf('echo')} is not good`
    for (const body of [{ errorCode: 'E1', errorDescription: said, errorMessage: said }, `<html>${said}</html>`]) {
      await emulator.addFault({ path: '/v1/auth/me', kind: 'status', status: 400, body })
      const error = await emulator
        .client({ retries: 0 })
        .me(refreshJwt)
        .catch((caught) => caught)
      assert.equal(error.status, 400)
      assertHidden(error, SEED)
    }
  })

  test('refused arguments are not repeated', async () => {
    const client = new Client({ projectId: 'P1', baseUrl: 'http://127.0.0.1:9', retries: 0 })
    const bad = `${tokenOf('bad')}\n`
    for (const call of [
      () => client.me(bad),
      () => client.selectTenant('T1', bad),
      () => client.refreshSession(tokenOf('refresh'), { externalToken: '' }),
      () => client.validateSession(bad),
      () => client.me(tokenOf('sent')),
      () => client.me({ token: bad }),
      () => client.me(tokenOf('a'), { retryUnknown: tokenOf('b') }),
      () => client.me(tokenOf('a'), { headers: { 'x-device': `${tokenOf('b')}\n` } }),
    ]) {
      const error = await call().catch((caught) => caught)
      assert.ok(error instanceof Error)
      assertHidden(error, SEED)
    }
  })

  test('keys among the options are not shown', () => {
    const key = `K2${SEED}`
    assertHidden(new Client({ projectId: 'P1', authManagementKey: key, headers: { 'x-key': key } }), SEED)
    for (const options of [
      { authManagementKey: `${key}:` },
      { authManagementKey: key, publicKey: `{"kty":"RSA","d":"${SEED}"}` },
      { headers: { 'x-key': `${key}\n` } },
      { proxy: `ftp://user:${SEED}@proxy.example` },
    ]) {
      assert.throws(
        () => new Client({ projectId: 'P1', ...options }),
        (error) => {
          assertHidden(error, SEED)
          return true
        },
      )
    }
  })

  test('tokens of a request and sessions are safe to print', async (t) => {
    const { emulator, sessionJwt, refreshJwt } = await emulatorWithUser(t)
    const client = emulator.client()
    const tokens = client.tokensFromRequest(`DS=${sessionJwt}; DSR=${refreshJwt}`)
    assert.deepEqual({ ...tokens }, { sessionJwt, refreshJwt })
    const secrets = [sessionJwt, refreshJwt].flatMap((token) => token.split('.').slice(1))
    assertHidden(tokens, ...secrets)
    assert.equal(inspect(tokens), 'RequestTokens { sessionJwt: [redacted], refreshJwt: [redacted] }')
    assertHidden(await client.validateSession(sessionJwt), ...secrets)
    assertHidden(await client.validateAndRefresh(undefined, refreshJwt), ...secrets)
    assertHidden(client, ...secrets)
  })
})
