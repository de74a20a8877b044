// WebSockets through the listener of `upgrade`: the origin is checked, the session verified and never refreshed.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { suite, test } from 'node:test'
import { RequestAuthenticator } from 'tenant-select'
import * as express from 'tenant-select/express'
import * as fastify from 'tenant-select/fastify'
import { WebSocket, WebSocketServer } from 'ws'
import { emulatorWithUser } from './emulator.mjs'

/** A server of WebSockets that sends the user who opened one, and the first message back. */
async function serve(t, client, options, adapter = express) {
  const sockets = new WebSocketServer({ noServer: true })
  const accept = (request, socket, head, { session }) =>
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('message', (data) => opened.send(`echo ${data}`))
      opened.send(session.userId)
    })
  const listener = adapter.upgradeListener(new RequestAuthenticator(client), accept, options)
  const server = createServer().on('upgrade', listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const opened of sockets.clients) opened.terminate()
    server.close()
  })
  return server.address().port
}

/** What a client sees: the first message, or the response that refuses the connection. */
function open(port, headers, path = '/socket') {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers })
    socket.once('message', (data) => resolve({ socket, message: String(data) }))
    socket.once('unexpected-response', async (_request, response) => {
      const body = Buffer.concat(await response.toArray()).toString()
      resolve({ status: response.statusCode, headers: response.headers, body })
    })
    socket.once('error', reject)
  })
}

const calls = async (emulator) => {
  const requests = await emulator.requests()
  return requests.filter(({ event, path }) => event === 'request' && !path.includes('/keys/')).length
}

suite('WebSockets', () => {
  for (const [name, adapter] of Object.entries({ express, fastify })) {
    test(`a valid session opens one (${name})`, async (t) => {
      const { emulator, sessionJwt, refreshJwt } = await emulatorWithUser(t)
      const port = await serve(t, emulator.client(), {}, adapter)
      const origin = `http://127.0.0.1:${port}`
      const { socket, message } = await open(port, { origin, cookie: `DS=${sessionJwt}; DSR=${refreshJwt}` })
      const { session } = await emulator.client().validateAndRefresh(sessionJwt, refreshJwt)
      assert.equal(message, session.userId)
      socket.send('hello')
      const [echoed] = await once(socket, 'message')
      assert.equal(String(echoed), 'echo hello')
    })
  }

  test('one that must not open gets its refusal, and nothing is refreshed', async (t) => {
    const { emulator, sessionJwt, refreshJwt } = await emulatorWithUser(t)
    const port = await serve(t, emulator.client())
    const origin = `http://127.0.0.1:${port}`
    const expired = await emulator.token({ tenant: 'globex', lifetimeSeconds: -60 })
    await emulator.clearRequests()
    for (const [headers, status, code] of [
      [{ origin: 'https://evil.example', cookie: `DS=${sessionJwt}` }, 403, 'CROSS_SITE'],
      [{ origin, cookie: `DS=${expired}; DSR=${refreshJwt}` }, 401, 'SESSION_EXPIRED'],
      [{ origin, cookie: `DSR=${refreshJwt}` }, 401, 'SESSION_EXPIRED'],
      [{ origin, cookie: 'DS=garbage' }, 401, 'SIGNED_OUT'],
      [{ origin }, 401, 'SIGNED_OUT'],
      [{ origin, cookie: `DS=${sessionJwt}; DS=other` }, 401, 'AMBIGUOUS_COOKIE'],
    ]) {
      const refused = await open(port, headers)
      assert.deepEqual([refused.status, JSON.parse(refused.body).code], [status, code])
      assert.equal(refused.headers['cache-control'], 'no-store')
      assert.equal(refused.headers['content-type'], 'application/problem+json')
      assert.equal(refused.headers.vary, 'Cookie, Authorization')
      assert.equal(refused.headers['set-cookie'], undefined)
      assert.equal(refused.headers.connection, 'close')
    }
    assert.equal(await calls(emulator), 0)
  })

  test('the requirement may follow from the request', async (t) => {
    const { emulator, sessionJwt } = await emulatorWithUser(t)
    const requirement = ({ url }) => ({ tenant: url.split('/')[2] })
    const port = await serve(t, emulator.client(), { requirement })
    const headers = { authorization: `Bearer ${sessionJwt}` }
    assert.ok((await open(port, headers, '/tenants/globex/socket')).message)
    const statuses = []
    for (const tenant of ['acme', 'initech'])
      statuses.push((await open(port, headers, `/tenants/${tenant}/socket`)).status)
    assert.deepEqual(statuses, [409, 404])
  })

  test('an upgrade to another protocol is not refreshed either', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const port = await serve(t, emulator.client())
    await emulator.clearRequests()
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: other\r\nCookie: DSR=${refreshJwt}\r\n\r\n`,
    )
    const [head] = String(Buffer.concat(await socket.toArray())).split('\r\n')
    assert.equal(head, 'HTTP/1.1 401 Unauthorized')
    assert.equal(await calls(emulator), 0)
  })

  test('a connection that is gone before the decision is not taken over', async (t) => {
    const { emulator, sessionJwt } = await emulatorWithUser(t)
    let accepted = 0
    const requirement = (request) => {
      request.socket.destroy(new Error('gone'))
      return {}
    }
    const accept = () => {
      accepted += 1
    }
    const listener = express.upgradeListener(new RequestAuthenticator(emulator.client()), accept, { requirement })
    const server = createServer().on('upgrade', listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const headers = { authorization: `Bearer ${sessionJwt}` }
    await assert.rejects(open(server.address().port, headers))
    assert.equal(accepted, 0)
  })

  test('an error that is no refusal gets 500 and is reported', async (t) => {
    const { emulator, sessionJwt } = await emulatorWithUser(t)
    const client = emulator.client()
    const reported = []
    const port = await serve(t, client, { onError: (error) => reported.push(error.code) })
    client.close()
    const { status } = await open(port, { authorization: `Bearer ${sessionJwt}` })
    assert.deepEqual([status, reported], [500, ['CLIENT_CLOSED']])
  })
})
