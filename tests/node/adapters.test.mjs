// Every situation of `tests/adapters/situations.json` through every adapter, over HTTP.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { emulatorFor, environmentFor } from 'tenant-select/testing'
import { repository } from './emulator.mjs'
import { eventually } from './eventually.mjs'

const TABLE = JSON.parse(readFileSync(`${repository}tests/adapters/situations.json`, 'utf8'))
// These build their applications with tools that run on Node alone.
const BUILT = process.versions.bun || globalThis.Deno ? [] : ['svelte_kit', 'next']
const ADAPTERS = ['express', 'nest', 'fastify', 'hono', 'web', 'react_router', ...BUILT]

/** The tokens of a situation, made when they are named. */
class SituationTokens {
  #signIns = new Map()

  constructor(emulator, userId) {
    this.emulator = emulator
    this.userId = userId
  }

  async get(name) {
    const { text, custom, signIn, member } = TABLE.tokens[name]
    if (text !== undefined) return text
    if (custom !== undefined) {
      return this.emulator.token(JSON.parse(JSON.stringify(custom).replaceAll('{{userId}}', this.userId)))
    }
    if (!this.#signIns.has(signIn.tenant)) {
      this.#signIns.set(signIn.tenant, await this.emulator.signIn(TABLE.user.loginId, signIn.tenant))
    }
    return this.#signIns.get(signIn.tenant)[member]
  }

  async filled(text) {
    let filled = text
    for (const [template, name] of text.matchAll(/\{\{(\w+)\}\}/g)) {
      filled = filled.replace(template, await this.get(name))
    }
    return filled
  }
}

async function headersOf({ headers = {}, cookies, bearer }, tokens) {
  const made = {}
  for (const [name, value] of Object.entries(headers)) made[name] = await tokens.filled(value)
  if (cookies !== undefined) {
    const pairs = []
    for (const [name, token] of Object.entries(cookies)) pairs.push(`${name}=${await tokens.get(token)}`)
    made.cookie = pairs.join('; ')
  }
  if (bearer !== undefined) made.authorization = `Bearer ${await tokens.get(bearer)}`
  return made
}

/** Sends a request and gives the whole response; `fetch` would follow redirects and keep some headers from the test. */
async function send(port, method, path, headers) {
  const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false })
  sent.end()
  const [response] = await once(sent, 'response')
  const chunks = await response.toArray()
  return { status: response.statusCode, headers: response.headersDistinct, body: Buffer.concat(chunks).toString() }
}

/** Closes the connection once the service has the call that the request causes. */
async function sendAndLeave(emulator, port, method, path, headers) {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const lines = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  socket.write([...lines, '', ''].join('\r\n'))
  await emulator.waitFor('request', { path: '/v1/auth/refresh', count: 1 })
  socket.destroy()
  await emulator.waitFor('response', { path: '/v1/auth/refresh', count: 1 })
}

/** What frameworks add to `vary`: for CORS, and Next.js for its pages. */
const OF_FRAMEWORKS = /^(origin|rsc|next-.*)$/i

function header({ headers }, name) {
  const values = headers[name]
  if (name !== 'vary' || values === undefined) return values?.join(', ') ?? null
  const fields = values.flatMap((value) => value.split(',')).map((field) => field.trim())
  return fields.filter((field) => !OF_FRAMEWORKS.test(field)).join(', ') || null
}

/** The cookies that are set, with their values; empty for those that are cleared. */
function cookiesOf({ headers }) {
  const lines = headers['set-cookie'] ?? []
  return Object.fromEntries(lines.map((line) => line.match(/^([^=]+)=([^;]*)/).slice(1)))
}

function assertBody(expect, response, sent) {
  if (expect.code) {
    const { code, status } = JSON.parse(response.body)
    assert.deepEqual([code, status], [expect.code, expect.status])
  } else if (expect.text !== undefined) assert.equal(response.body, expect.text)
  else if (expect.body === null) assert.equal(response.body, '')
  else if (expect.body !== undefined) {
    const { tenant, cookie } = JSON.parse(response.body)
    assert.equal(tenant, expect.body.tenant)
    const inRequest = /(?:^|; )DS=([^;]*)/.exec(sent.cookie ?? '')?.[1] ?? null
    assert.equal(cookie, { none: null, sent: inRequest, new: cookiesOf(response).DS }[expect.body.sees])
  }
}

const run = new Map()

for (const adapter of ADAPTERS) {
  suite(`adapter ${adapter}`, () => {
    let emulator
    let server
    const hooks = []
    before(async () => {
      const scope = { after: (hook) => hooks.push(hook) }
      emulator = await emulatorFor(scope)
      environmentFor(scope, emulator)
      const { serve } = await import(`./adapters/${adapter}.mjs`)
      server = await serve()
    })
    after(async () => {
      server.close()
      server.closeAllConnections()
      for (const hook of hooks.reverse()) await hook()
      console.log(`adapter ${adapter}: ${run.get(adapter)} of ${TABLE.situations.length} situations run`)
      assert.equal(run.get(adapter), TABLE.situations.length)
    })

    for (const { id, request, expect, settings = {}, faults = [], afterwards } of TABLE.situations) {
      test(id, async () => {
        const { port } = server.address()
        await emulator.reset()
        const { userId } = await emulator.control('POST', '/users', TABLE.user)
        const headers = await headersOf(request, new SituationTokens(emulator, userId))
        await emulator.settings(settings)
        for (const fault of faults) await emulator.addFault(fault)
        await emulator.clearRequests()
        if (request.disconnect) {
          await sendAndLeave(emulator, port, request.method, request.path, headers)
          await emulator.clearRequests()
        }
        const response = await send(port, request.method, request.path, headers)
        assert.equal(response.status, expect.status, response.body)
        const found = Object.fromEntries(Object.keys(expect.headers).map((name) => [name, header(response, name)]))
        assert.deepEqual(found, expect.headers)
        const cookies = Object.entries(cookiesOf(response)).map(([name, value]) => [name, value ? 'set' : 'cleared'])
        assert.deepEqual(Object.fromEntries(cookies), expect.setCookies)
        const calls = (await emulator.requests()).filter(
          ({ event, path }) => event === 'request' && !path.includes('/keys/'),
        )
        assert.deepEqual(
          calls.map(({ method, path }) => `${method} ${path}`),
          expect.requests,
        )
        assertBody(expect, response, headers)
        if (afterwards) {
          await eventually(async () => assert.equal((await send(port, 'GET', afterwards, {})).status, 200))
        }
        run.set(adapter, (run.get(adapter) ?? 0) + 1)
      })
    }
  })
}
