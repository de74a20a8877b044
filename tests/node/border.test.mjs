// Invalid arguments: the call rejects with a typed error, and nothing is sent.

import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { suite, test } from 'node:test'
import { Client, InvalidInputError, JWTResponse, Session, User } from 'tenant-select'
import { emulatorWithUser } from './emulator.mjs'

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMSJ9.c2ln'

/** Values that are no strings. */
const NOT_TEXT = [
  undefined,
  null,
  7,
  Number.NaN,
  7n,
  true,
  Symbol('s'),
  {},
  [],
  ['a'],
  () => 'a',
  new String('a'),
  new Date(),
]

/** An object that throws when it is read. */
const trap = new Proxy(
  {},
  {
    get() {
      throw new Error('trapped')
    },
    ownKeys() {
      throw new Error('trapped')
    },
  },
)

const client = new Client({ projectId: 'P1', baseUrl: 'http://127.0.0.1:9', retries: 0 })

/** The call must reject, never throw, and name the argument. */
async function refused(call, argument) {
  let promise
  assert.doesNotThrow(() => {
    promise = call()
  })
  assert.ok(promise instanceof Promise)
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof InvalidInputError, `${argument}: ${error}`)
    assert.equal(error.argument, argument)
    assert.equal(error.outcome, 'not_sent')
    assert.equal(error.attempts, 0)
    assert.equal(error.retryable, false)
    return true
  })
}

suite('border', () => {
  test('arguments that are not strings are refused by name', async () => {
    for (const value of NOT_TEXT) {
      await refused(() => client.selectTenant(value, TOKEN), 'tenantId')
      await refused(() => client.selectTenant('T1', value), 'refreshJwt')
      await refused(() => client.refreshSession(value), 'refreshJwt')
      await refused(() => client.me(value), 'refreshJwt')
      await refused(() => client.myTenants(value), 'refreshJwt')
      await refused(() => client.history(value), 'refreshJwt')
      await refused(() => client.logout(value), 'refreshJwt')
      await refused(() => client.logoutAll(value), 'refreshJwt')
      await refused(() => client.validateSession(value), 'sessionJwt')
      await refused(() => client.validateAndRefresh(undefined, value), 'refreshJwt')
      if (value !== undefined && value !== null) {
        await refused(() => client.validateAndRefresh(value, TOKEN), 'sessionJwt')
        await refused(() => client.refreshSession(TOKEN, { externalToken: value }), 'externalToken')
        await refused(() => client.refreshSession(TOKEN, { expectTenant: value }), 'expectTenant')
        await refused(() => client.validateSession(TOKEN, { audience: value }), 'audience')
      }
    }
  })

  test('strings with invalid content are refused by name', async () => {
    for (const tenant of ['', ' ', '\t\n', '\uD800', 'a\uDC00b']) {
      await refused(() => client.selectTenant(tenant, TOKEN), 'tenantId')
    }
    for (const token of ['', ' ', 'a\nb.c.d', 'ä.b.c', '\u0000', 'a:b', '\uD800', 'x'.repeat(5_000_000)]) {
      await refused(() => client.me(token), 'refreshJwt')
    }
  })

  test('options of a call are checked by name and type', async () => {
    for (const options of [7, 'x', true, [], () => {}, null]) await refused(() => client.me(TOKEN, options), 'options')
    await refused(() => client.me(TOKEN, { timeout: 5 }), 'options')
    await refused(() => client.me(TOKEN, { externalToken: 'only a refresh has it' }), 'options')
    for (const timeoutMs of ['5', 0, -1, Number.NaN, Number.POSITIVE_INFINITY, 3_600_001, null, 5n]) {
      await refused(() => client.me(TOKEN, { timeoutMs }), 'timeoutMs')
    }
    for (const retries of ['1', -1, 11, 1.5, Number.NaN, 2 ** 53, null]) {
      await refused(() => client.me(TOKEN, { retries }), 'retries')
    }
    for (const retryUnknown of ['sometimes', '', 1, null]) {
      await refused(() => client.me(TOKEN, { retryUnknown }), 'retryUnknown')
    }
    for (const headers of [
      { Cookie: 'a' },
      { x: 7 },
      { x: 'a\r\nb' },
      [['x', 'y']],
      'x: y',
      new Map([['x', 'y']]),
      null,
    ]) {
      await refused(() => client.me(TOKEN, { headers }), 'headers')
    }
    for (const signal of [7, {}, new EventTarget(), 'x']) await refused(() => client.me(TOKEN, { signal }), 'signal')
  })

  test('the tenants to list are checked', async () => {
    await refused(() => client.myTenants(TOKEN, { ids: [] }), 'ids')
    await refused(() => client.myTenants(TOKEN, { ids: [''] }), 'ids')
    await refused(() => client.myTenants(TOKEN, { ids: ['a', 7] }), 'ids')
    await refused(() => client.myTenants(TOKEN, { ids: 'acme' }), 'ids')
    await refused(() => client.myTenants(TOKEN, { ids: new Set(['a']) }), 'ids')
    await refused(() => client.myTenants(TOKEN, { ids: ['a'], activeOnly: true }), 'ids')
    await refused(() => client.myTenants(TOKEN, { activeOnly: 1 }), 'activeOnly')
  })

  test('objects that throw when they are read become rejections', async () => {
    await assert.rejects(client.me(TOKEN, trap), { code: 'INTERNAL' })
    await assert.rejects(client.myTenants(TOKEN, { ids: trap }), { code: 'INVALID_INPUT' })
    const getter = {
      get timeoutMs() {
        throw new RangeError('mine')
      },
    }
    await assert.rejects(
      client.me(TOKEN, getter),
      (error) => error.code === 'INTERNAL' && error.outcome === 'not_sent' && error.cause.message === 'mine',
    )
  })

  test('a method without its client rejects', async (t) => {
    const { me, validateSession } = client
    await refused(() => me(TOKEN), 'this')
    await refused(() => validateSession.call({}, TOKEN), 'this')
    await refused(() => new Proxy(client, {}).me(TOKEN), 'this')
    await refused(() => me.call(Client.prototype, TOKEN), 'this')
    // The result does not depend on subscribers.
    const listener = () => {}
    subscribe('tenant-select:request:end', listener)
    t.after(() => unsubscribe('tenant-select:request:end', listener))
    await refused(() => me.call(Client.prototype, TOKEN), 'this')
  })

  test('options of a client are checked by name and type', () => {
    const refusedOption = (options, argument) =>
      assert.throws(
        () => new Client(options),
        (error) => error instanceof InvalidInputError && error.argument === argument && error.outcome === 'not_sent',
        argument,
      )
    const project = { projectId: 'P1' }
    for (const options of [7, 'P1', [], null, () => {}]) refusedOption(options, 'options')
    for (const name of ['tiemoutMs', 'timeout', 'project_id', '__proto__x', 'constructor', 'toString']) {
      refusedOption({ ...project, [name]: 1 }, 'options')
    }
    for (const projectId of ['', ' ', 'a b', 'P1\n', 'Ö', 7, {}, Symbol('P')]) refusedOption({ projectId }, 'projectId')
    for (const timeoutMs of ['5', 0, -1, Number.NaN, Number.POSITIVE_INFINITY, 5n, {}]) {
      refusedOption({ ...project, timeoutMs }, 'timeoutMs')
    }
    refusedOption({ ...project, connectTimeoutMs: 0 }, 'connectTimeoutMs')
    refusedOption({ ...project, leewaySeconds: 301 }, 'leewaySeconds')
    refusedOption({ ...project, leewaySeconds: '5' }, 'leewaySeconds')
    refusedOption({ ...project, retries: 1.5 }, 'retries')
    refusedOption({ ...project, verify: 'yes' }, 'verify')
    refusedOption({ ...project, allowHttp: 1 }, 'allowHttp')
    refusedOption({ ...project, baseUrl: 'http://api.example' }, 'baseUrl')
    refusedOption({ ...project, baseUrl: new URL('https://api.example') }, 'baseUrl')
    for (const headers of [{ Cookie: 'a' }, { x: 7 }, { x: 'a\r\nb' }, [['x', 'y']], 'x: y', new Map([['x', 'y']])]) {
      refusedOption({ ...project, headers }, 'headers')
    }
    refusedOption({ ...project, proxy: () => {} }, 'proxy')
    assert.equal(new Client({ ...project, timeoutMs: undefined, headers: undefined }).projectId, 'P1')
  })

  test('variables come from the environment that is given, and else from that of the process', () => {
    process.env.DESCOPE_PROJECT_ID = 'P1process'
    try {
      assert.equal(new Client().projectId, 'P1process')
      const environment = { DESCOPE_PROJECT_ID: 'P1given', DESCOPE_BASE_URL: undefined }
      assert.equal(new Client({ environment }).projectId, 'P1given')
      assert.throws(() => new Client({ environment: {} }), { code: 'INVALID_INPUT', argument: 'projectId' })
      for (const wrong of ['P1', 7, true, { DESCOPE_PROJECT_ID: 7 }, { other: null }]) {
        assert.throws(() => new Client({ environment: wrong }), { code: 'INVALID_INPUT', argument: 'environment' })
      }
    } finally {
      delete process.env.DESCOPE_PROJECT_ID
    }
  })

  test('names in messages are those of TypeScript', () => {
    assert.throws(() => new Client({}), /projectId/)
    assert.throws(() => new Client({ projectId: 'P1', baseUrl: 'http://api.example' }), /baseUrl .* allowHttp/)
  })

  test('headers of an incoming request may have any content', () => {
    for (const value of [undefined, null, '', 'nonsense', '=;=;', 'DS', 'a'.repeat(100_000), '\u0000', 'DS=ä']) {
      assert.equal(client.tokensFromRequest(value, value).refreshJwt, undefined)
    }
    for (const value of [7, {}, ['DS=a.b.c']]) {
      assert.throws(
        () => client.tokensFromRequest(value),
        (error) => error.argument === 'cookieHeader',
      )
      assert.throws(
        () => client.tokensFromRequest(undefined, value),
        (error) => error.argument === 'authorization',
      )
    }
  })

  test('cookie options are checked by name and type', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const response = await emulator.client().refreshSession(refreshJwt)
    const refusedOption = (options, argument) =>
      assert.throws(
        () => response.setCookieHeaders(options),
        (error) => error instanceof InvalidInputError && error.argument === argument,
      )
    refusedOption({ samesite: 'Lax' }, 'options')
    refusedOption('Lax', 'options')
    refusedOption({ sameSite: 'Sometimes' }, 'sameSite')
    refusedOption({ sameSite: 'None', secure: false }, 'sameSite')
    refusedOption({ secure: 1 }, 'secure')
    refusedOption({ domain: 'a; b' }, 'domain')
    refusedOption({ path: 'a\nb' }, 'path')
    assert.throws(() => JWTResponse.prototype.setCookieHeaders.call({ ...response }), /response that came from a call/)
  })

  test('arguments of the role methods are checked', async (t) => {
    const { emulator, sessionJwt } = await emulatorWithUser(t)
    const session = await emulator.client().validateSession(sessionJwt)
    for (const value of [undefined, null, 'editor', [7], new Set(['editor'])]) {
      assert.throws(
        () => session.hasRoles(value),
        (error) => error.argument === 'roles',
      )
      assert.throws(
        () => session.activeTenant.matchedPermissions(value),
        (error) => error.argument === 'permissions',
      )
    }
  })

  test('data of the service keeps every key, whatever it is called', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const hostile = {
      __proto__x: 1,
      constructor: 'c',
      toString: 'ts',
      // biome-ignore lint/suspicious/noThenProperty: a field of the service may be called so.
      then: 't',
      session: { unknown: true },
      http: 'h',
      extra: 'e',
      toJSON: 'j',
      setCookieHeaders: 's',
      shape: 'sh',
    }
    const body = JSON.parse(
      `{"sessionJwt":"","refreshJwt":"","user":{"userId":"U1","customAttributes":{"__proto__":{"a":1},"constructor":{"b":2}},"extra":3},"__proto__":{"polluted":true}}`,
    )
    Object.assign(body, hostile)
    await emulator.addFault({ path: '/v1/auth/logout', kind: 'status', status: 200, body })
    const response = await emulator.client().logout(refreshJwt)
    assert.equal(Object.getPrototypeOf(response), JWTResponse.prototype)
    assert.equal(Object.getPrototypeOf(response.user), User.prototype)
    assert.equal({}.polluted, undefined)
    assert.equal(typeof response.setCookieHeaders, 'function')
    assert.equal(response.sessionOrUndefined, undefined)
    assert.equal(response.http.status, 200)
    const json = JSON.parse(JSON.stringify(response))
    for (const [name, value] of Object.entries(hostile)) assert.deepEqual(json[name], value, name)
    assert.deepEqual(Object.getOwnPropertyDescriptor(json, '__proto__').value, { polluted: true })
    assert.deepEqual(JSON.stringify(json.user.customAttributes), '{"__proto__":{"a":1},"constructor":{"b":2}}')
    assert.equal(json.user.extra, 3)
    assert.deepEqual(response.user.extra, { extra: 3 })
    for (const name of Object.keys(hostile)) assert.ok(Object.hasOwn(response.extra, name), name)
    assert.ok(Object.hasOwn(response.extra, '__proto__'))
  })

  test('a tenant is found only by its own id', async (t) => {
    const { emulator } = await emulatorWithUser(t)
    await emulator.addUser({ loginId: 'eve@example.com', tenants: { __proto__: null, constructor: { roles: ['r'] } } })
    const { sessionJwt } = await emulator.signIn('eve@example.com')
    const session = await emulator.client().validateSession(sessionJwt)
    assert.deepEqual(Object.keys(session.tenants), ['constructor'])
    assert.ok(session.tenants.constructor.hasRoles(['r']))
    for (const id of ['__proto__', 'toString', 'hasOwnProperty']) assert.equal(session.tenants[id], undefined)
    assert.ok(session instanceof Session)
  })

  test('results are plain data: they can be cloned, spread and compared', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const response = await emulator.client().selectTenant('acme', refreshJwt)
    const json = JSON.parse(JSON.stringify(response))
    assert.deepEqual(structuredClone(response), json)
    assert.deepEqual(JSON.parse(JSON.stringify({ ...response })), json)
    assert.deepEqual(Object.keys(response).includes('session'), false)
    const session = structuredClone(response.session)
    assert.equal(session.activeTenant.tenantId, 'acme')
    assert.deepEqual(session.activeTenant.roles, ['editor'])
  })
})
