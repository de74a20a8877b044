// What the request authenticator takes, gives and prints in Node; what it decides is in the cases.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { suite, test } from 'node:test'
import { Client, RequestAuthenticator } from 'tenant-select'
import { contextOf, requireSession, tenantSelect } from 'tenant-select/express'
import { respond } from 'tenant-select/web'
import { printed } from './canonical.mjs'
import { emulatorWithUser, repository } from './emulator.mjs'
import { addon } from './native.mjs'

const url = 'https://app.example/documents'

suite('request authenticator', () => {
  test('takes requests of the Fetch standard, of node:http and plain objects', async (t) => {
    const { emulator, sessionJwt } = await emulatorWithUser(t)
    const authenticator = new RequestAuthenticator(emulator.client())
    const cookie = `DS=${sessionJwt}`
    for (const request of [
      new Request(url, { headers: { cookie } }),
      { method: 'GET', url: '/', headers: { cookie } },
      { method: 'GET', url: '/', headers: { cookie: [cookie], absent: undefined } },
      { method: 'GET', url: '/', headers: [['Cookie', cookie]] },
      { method: 'GET', url: '/', headers: new Map([['cookie', cookie]]) },
      { method: 'GET', url: '/', headers: {}, rawHeaders: ['Cookie', cookie] },
      { method: 'GET', url: '/\ud800', headers: { cookie, 'x-broken': '\ud800' } },
      { method: 'GET', url: '/', headers: { 'x-lines': 'a\nauthorization\nBearer x', cookie } },
      { method: 'GET', url: '/', headers: {}, rawHeaders: ['X-Lines', 'a\nauthorization\nBearer x', 'Cookie', cookie] },
    ]) {
      const { session, refusal } = await authenticator.authenticate(request)
      assert.deepEqual([session?.activeTenant?.tenantId, refusal], ['globex', undefined])
    }
  })

  test('refuses what is no request, no requirement and no option', async (t) => {
    const { emulator } = await emulatorWithUser(t)
    const client = emulator.client()
    const authenticator = new RequestAuthenticator(client)
    const request = { method: 'GET', url: '/', headers: {} }
    for (const [wrong, requirement, argument] of [
      [undefined, undefined, 'request'],
      [{ ...request, method: undefined }, undefined, 'method'],
      [{ ...request, url: undefined }, undefined, 'url'],
      [{ ...request, headers: undefined }, undefined, 'headers'],
      [{ ...request, headers: ['cookie'] }, undefined, 'headers'],
      [request, { roles: 'editor' }, 'roles'],
      [request, { tenant: 1 }, 'tenant'],
      [request, { tenantId: 'acme' }, 'options'],
      [request, { required: 'no' }, 'required'],
    ]) {
      await assert.rejects(authenticator.authenticate(wrong, requirement), { code: 'INVALID_INPUT', argument })
    }
    await assert.rejects(authenticator.switch(request, 1), { code: 'INVALID_INPUT', argument: 'tenant' })
    const { authenticate } = authenticator
    await assert.rejects(authenticate(request), { code: 'INVALID_INPUT', argument: 'this' })
    for (const [options, argument] of [
      [{ onMismatch: 'wait' }, 'onMismatch'],
      [{ refreshBeforeMs: -1 }, 'refreshBeforeMs'],
      [{ cookies: { refresh: { paths: '/' } } }, 'options'],
      [{ cookies: { clearScopes: {} } }, 'clearScopes'],
    ]) {
      assert.throws(() => new RequestAuthenticator(client, options), { code: 'INVALID_INPUT', argument })
    }
    assert.throws(() => new RequestAuthenticator({}), { code: 'INVALID_INPUT', argument: 'client' })
  })

  test('refuses requests once its client is closed', async () => {
    const client = new Client({ projectId: 'P2abcdefghijklmnopqrstuvwxyz' })
    const authenticator = new RequestAuthenticator(client)
    client.close()
    const request = { method: 'GET', url: '/', headers: {} }
    await assert.rejects(authenticator.authenticate(request), { code: 'CLIENT_CLOSED' })
  })

  test('results print and serialise no token', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const authenticator = new RequestAuthenticator(emulator.client())
    const headers = { cookie: `DSR=${refreshJwt}` }
    const result = await authenticator.authenticate({ method: 'GET', url: '/', headers })
    const texts = [printed(result), JSON.stringify(result), printed(authenticator)]
    for (const token of [refreshJwt, result.response.sessionJwt, result.cookieHeader]) {
      for (const text of texts) assert.ok(!text.includes(token.split('.').at(-1)), text)
    }
    for (const shown of [
      'AuthenticationResult {',
      'session: Session',
      'cookieHeader: [redacted]',
      'value: [redacted]',
    ]) {
      assert.ok(texts[0].includes(shown), `${shown} is not in ${texts[0]}`)
    }
  })

  test('headers go together with those of the application', async (t) => {
    const { emulator, sessionJwt } = await emulatorWithUser(t)
    const authenticator = new RequestAuthenticator(emulator.client())
    const valid = await authenticator.authenticate(new Request(url, { headers: { cookie: `DS=${sessionJwt}` } }))
    const refused = await authenticator.authenticate(new Request(url))
    for (const [result, given, expected] of [
      [valid, {}, { 'cache-control': 'private', vary: 'Cookie, Authorization' }],
      [valid, { vary: '*' }, { 'cache-control': 'private', vary: '*' }],
      [valid, { Vary: 'Accept, COOKIE' }, { 'cache-control': 'private', vary: 'Accept, COOKIE, Authorization' }],
      [valid, { 'Cache-Control': 'public' }, { 'cache-control': 'public', vary: 'Cookie, Authorization' }],
      [refused, { 'Cache-Control': 'public' }, { 'cache-control': 'no-store', vary: 'Cookie, Authorization' }],
    ]) {
      const headers = new Headers(given)
      result.applyHeaders(headers)
      assert.deepEqual(Object.fromEntries(headers), expected)
    }
  })

  test('codes of refusals are those of the core', () => {
    const source = readFileSync(`${repository}node/lib/models/refusal.ts`, 'utf8')
    const [, type] = source.match(/export type RefusalCode =(.*?)\n\n/s)
    assert.deepEqual([...type.matchAll(/'(\w+)'/g)].map(([, code]) => code).sort(), addon.refusalCodes().sort())
  })

  for (const [name, write] of [
    ['an object', (response) => response.writeHead(200, 'Fine', { 'X-A': '1', 'Set-Cookie': ['a=1', 'b=2'] })],
    ['names and values', (response) => response.writeHead(200, ['X-A', '1', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])],
    [
      'headers set before',
      (response) => response.setHeader('x-a', '1').appendHeader('set-cookie', 'a=1').appendHeader('set-cookie', 'b=2'),
    ],
  ]) {
    test(`a head written with ${name} keeps all headers`, async (t) => {
      const { emulator, refreshJwt } = await emulatorWithUser(t)
      const install = tenantSelect(new RequestAuthenticator(emulator.client()))
      const server = createServer((request, response) => {
        const respondTo = () => {
          write(response)
          response.end(contextOf(request).session.userId)
        }
        install(request, response, () => requireSession()(request, response, respondTo))
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      t.after(() => server.close())
      const sent = httpRequest({ port: server.address().port, headers: { cookie: `DSR=${refreshJwt}` }, agent: false })
      sent.end()
      const [response] = await once(sent, 'response')
      response.resume()
      const cookies = response.headers['set-cookie'].map((line) => line.split('=')[0])
      assert.deepEqual([response.headers['x-a'], cookies.slice(0, 3)], ['1', ['a', 'b', 'DS']])
    })
  }

  test('a request without the middleware has no context', () => {
    assert.throws(() => contextOf({}), /install tenantSelect/)
  })

  test('the response of a redirect gets the new cookies', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const authenticator = new RequestAuthenticator(emulator.client())
    const request = new Request(url, { method: 'POST', body: 'text', headers: { cookie: `DSR=${refreshJwt}` } })
    const response = await respond(authenticator, request, async (context) => {
      await context.authenticate()
      assert.equal(await context.request.text(), 'text')
      return Response.redirect('https://app.example/')
    })
    assert.deepEqual([response.status, response.headers.getSetCookie().length], [302, 2])
  })
})
