// The recipes for web frameworks, served over HTTP and used as a browser does: by the cookies that it was sent.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { environmentFor } from 'tenant-select/testing'
import { emulatorWithUser, repository } from './emulator.mjs'

// Below node_modules, where the frameworks are found and nothing is committed.
const folder = fileURLToPath(new URL('node_modules/.recipes', import.meta.url))

/** A client that keeps cookies, and sees the headers that set them. */
class Browser {
  #cookies = new Map()

  constructor(origin) {
    this.origin = origin
  }

  /** Sends a request with the cookies so far; returns the status, the body and the `Set-Cookie` headers. */
  async send(method, path, body, authorization) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = {
      ...(cookie && { cookie }),
      ...(body && { 'content-type': 'application/json' }),
      ...(authorization && { authorization }),
    }
    const response = await fetch(`${this.origin}${path}`, { method, headers, body: body && JSON.stringify(body) })
    const setCookies = response.headers.getSetCookie()
    for (const line of setCookies) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/)
      this.#cookies.set(name, value)
    }
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text, setCookies, response }
  }

  forget(name) {
    this.#cookies.delete(name)
  }

  keep(name, value) {
    this.#cookies.set(name, value)
  }
}

/** Both cookies are complete and have their attributes, and the response must not be cached. */
function assertBothCookies({ setCookies, response }, secure = true) {
  assert.deepEqual(setCookies.map((line) => line.split('=')[0]).sort(), ['DS', 'DSR'])
  for (const line of setCookies) {
    const attributes = line.split('; ').slice(1)
    for (const attribute of ['Path=/', 'HttpOnly', 'SameSite=Strict']) {
      assert.ok(attributes.includes(attribute), `${attribute} in ${attributes}`)
    }
    assert.equal(attributes.includes('Secure'), secure)
  }
  assert.equal(response.headers.get('cache-control'), 'no-store')
}

/** The response is a problem document that leaves the cookies alone. */
function assertRefused({ status, body, setCookies, response }, expected, code) {
  assert.deepEqual([status, body.code, setCookies], [expected, code, []])
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  assert.equal(response.headers.get('cache-control'), 'no-store')
}

/** What the page of a recipe says to type, line by line. */
function commandsOf(name) {
  const text = readFileSync(`${repository}node/examples/${name}`, 'utf8')
  return [...text.matchAll(/^\/\/ {3}(.*)$/gm)].map(([, line]) => line.replace(/ +# .*$/, ''))
}

/** Compiles the recipe with the command that it names, and strictly besides. */
function compileNest() {
  const [, ...command] = commandsOf('nest.ts')
    .find((line) => line.startsWith('npx tsc'))
    .split(' ')
  const tsc = `${repository}node/node_modules/typescript/bin/tsc`
  const found = ['--types', 'node', '--typeRoots', `${repository}node/node_modules/@types`, '--strict']
  const { stdout } = spawnSync(process.execPath, [tsc, ...command.slice(1), ...found], {
    cwd: folder,
    encoding: 'utf8',
  })
  assert.equal(stdout, '')
}

/** A browser before a recipe of its own: another `query` is another instance of the module. */
async function browserOf(t, name, query = '') {
  const { server } = await import(`${folder}/${name.replace(/\.ts$/, '.js')}${query}`)
  if (!server.listening) await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return new Browser(`http://127.0.0.1:${server.address().port}`)
}

suite('recipes', () => {
  let fixture
  const hooks = []
  const scope = { after: (hook) => hooks.push(hook) }
  after(() => Promise.all(hooks.map((hook) => hook())))

  before(async () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    cpSync(`${repository}node/examples`, folder, { recursive: true })
    writeFileSync(`${folder}/package.json`, '{ "type": "module" }')
    compileNest()
    fixture = await emulatorWithUser(scope)
    const { emulator } = fixture
    const tenants = { acme: { permissions: ['documents.read'] }, globex: { permissions: [] } }
    await emulator.addUser({ loginId: 'grace@example.com', userId: 'U2grace', tenants })
    environmentFor(scope, emulator)
  })

  const recipes = readdirSync(`${repository}node/examples`).filter((name) => /\.(mjs|ts)$/.test(name))
  for (const name of recipes) {
    test(name, async (t) => {
      const { emulator } = fixture
      const browser = await browserOf(t, name)

      const refusals = [
        await browser.send('GET', '/tenants/acme/documents'),
        await browser.send('POST', '/tenants/acme/select'),
      ]
      for (const refused of refusals) assertRefused(refused, 401, 'SIGNED_OUT')
      assert.equal((await browser.send('POST', '/login', { refreshJwt: 'no token' })).status, 401)
      assert.equal((await browser.send('POST', '/login', {})).status, 400)
      assert.equal((await browser.send('POST', '/login')).status, 400)

      const { refreshJwt } = await emulator.signIn('grace@example.com', 'globex')
      const login = await browser.send('POST', '/login', { refreshJwt })
      assert.deepEqual(login.body, { user: 'U2grace' })
      assertBothCookies(login)

      assertRefused(await browser.send('GET', '/tenants/globex/documents'), 403, 'FORBIDDEN')
      assertRefused(await browser.send('GET', '/tenants/acme/documents'), 409, 'TENANT_NOT_ACTIVE')

      assertRefused(await browser.send('POST', '/tenants/initech/select'), 404, 'NOT_A_MEMBER')

      browser.forget('DS')
      const switched = await browser.send('POST', '/tenants/acme/select')
      assert.deepEqual(switched.body, { tenant: 'acme' })
      assertBothCookies(switched)
      const read = await browser.send('GET', '/tenants/acme/documents')
      assert.deepEqual([read.status, read.body, read.setCookies], [200, { readBy: 'U2grace' }, []])

      browser.forget('DS')
      const refreshed = await browser.send('GET', '/tenants/acme/documents')
      assert.deepEqual(refreshed.body, { readBy: 'U2grace' })
      assertBothCookies(refreshed)

      browser.forget('DS')
      browser.forget('DSR')
      const claims = { dct: 'acme', tenants: { acme: { permissions: ['documents.read'] } } }
      const bearer = `Bearer ${await emulator.token({ claims })}`
      assert.equal((await browser.send('GET', '/tenants/acme/documents', undefined, bearer)).status, 200)
      const ended = `Bearer ${await emulator.token({ tenant: 'acme', lifetimeSeconds: -60 })}`
      const unsent = await browser.send('GET', '/tenants/acme/documents', undefined, ended)
      assertRefused(unsent, 401, 'SESSION_EXPIRED')

      const refusedJwt = await emulator.token({ profile: 'refresh', lifetimeSeconds: -60 })
      browser.keep('DSR', refusedJwt)
      const withRefused = [
        await browser.send('GET', '/tenants/acme/documents'),
        await browser.send('POST', '/tenants/acme/select'),
      ]
      for (const refused of withRefused) assertRefused(refused, 401, 'SIGNED_OUT')
      assert.equal((await browser.send('POST', '/login', { refreshJwt: refusedJwt })).status, 401)
      browser.keep('DSR', refreshJwt)

      // Longer than any deadline, so the client does not wait for it.
      const headers = { 'retry-after': '60' }
      await emulator.addFault({ path: '/v1/auth/tenant/select', kind: 'status', status: 429, headers })
      const limited = await browser.send('POST', '/tenants/acme/select')
      assertRefused(limited, 503, 'UNAVAILABLE')
      assert.equal(limited.response.headers.get('retry-after'), '60')
    })
  }

  for (const name of recipes) {
    test(`${name} runs over plain http for development`, async (t) => {
      const plain = commandsOf(name).at(-1)
      const [setting] = plain.split(' ')
      assert.match(plain, /^\w+=1 PORT=3000 node \S+$/)
      const [variable, value] = setting.split('=')
      process.env[variable] = value
      t.after(() => delete process.env[variable])
      const browser = await browserOf(t, name, '?plain')
      const { refreshJwt } = await fixture.emulator.signIn('grace@example.com', 'globex')
      assertBothCookies(await browser.send('POST', '/login', { refreshJwt }), false)
    })

    test(`${name} lists what to install`, () => {
      const text = readFileSync(`${repository}node/examples/${name}`, 'utf8')
      const installed = commandsOf(name)
        .filter((line) => line.startsWith('npm install'))
        .flatMap((line) => line.split(' ').slice(2))
      for (const [, imported] of text.matchAll(/^import .* from '([^']+)'$/gm)) {
        const types = `@types/${imported}`
        if (imported.startsWith('tenant-select/')) continue
        assert.ok(installed.includes(imported) || installed.includes(types), `${imported} in ${installed}`)
      }
    })
  }

  test('there are three recipes of at most one page', () => {
    assert.equal(recipes.length, 3)
    for (const name of recipes) {
      const lines = readFileSync(`${repository}node/examples/${name}`, 'utf8').split('\n').length - 1
      assert.ok(lines < 55, `${name} has ${lines} lines`)
    }
  })
})
