// The programs of the README files, word for word.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { suite, test } from 'node:test'
import { run } from './child.mjs'
import { emulatorWithUser, repository, rotatingEmulator } from './emulator.mjs'

const names = JSON.parse(readFileSync(`${repository}tests/names.json`, 'utf8'))
const isNoTest = (program) => !program.includes("'node:test'")

suite('README', () => {
  test('the quickstart runs unchanged', async (t) => {
    const readme = readFileSync(`${repository}README.md`, 'utf8')
    const [, program] = readme.match(/<!-- quickstart: node -->\n```js\n(.*?)```/s) ?? []
    assert.ok(program, 'the README has no quickstart for Node')
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const env = { ...emulator.environment, REFRESH_JWT: refreshJwt }
    const { code, stdout, stderr } = await run(program, { env })
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      'U2ada now acts in acme as editor',
      'may write: true',
      'Set-Cookie: DS',
      'Set-Cookie: DSR',
    ])
  })

  test('the operations are called as the README shows', async (t) => {
    const readme = readFileSync(`${repository}README.md`, 'utf8')
    const rows = [...readme.matchAll(/^\| `\w+\(.*?\)` \| `((\w+)\((.*?)\))` \| `\w+\(.*?\)` \|/gm)]
    assert.deepEqual(rows.map(([, , name]) => name).sort(), names.operations.map((row) => row.typescript).sort())
    const { emulator } = await emulatorWithUser(t)
    const client = emulator.client()
    for (const [, shown, name] of rows) {
      const { sessionJwt, refreshJwt } = await emulator.signIn('ada@example.com', 'globex')
      const known = { client, sessionJwt, refreshJwt, tenantId: 'acme', ids: ['acme'], expectTenant: 'globex' }
      const refresh = { externalToken: undefined, followSwitch: false, keepTenant: true, refreshBeforeMs: 0 }
      const free = { ...refresh, audience: undefined, cookieHeader: 'DS=a.b.c', authorization: null }
      const fixture = { ...known, ...free }
      const result = await new Function(...Object.keys(fixture), `return client.${shown}`)(...Object.values(fixture))
      assert.notEqual(result, undefined, name)
      if (name !== 'selectTenant') continue
      const [, options] = readme.match(/`setCookieHeaders\(\{ ([\w, ]+) \}\)`/)
      const none = Object.fromEntries(options.split(', ').map((option) => [option, undefined]))
      assert.ok('clearScopes' in none)
      assert.equal(result.setCookieHeaders(none).length, 2)
    }
  })

  test("calls do not go through Node's HTTP modules", async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const fail = () => assert.fail('a call came by here')
    t.mock.method(globalThis, 'fetch', fail)
    t.mock.method(http, 'request', fail)
    t.mock.method(net.Socket.prototype, 'connect', fail)
    const { session } = await emulator.client().selectTenant('acme', refreshJwt)
    assert.equal(session.activeTenant.tenantId, 'acme')
  })

  test("every program of the package's README runs unchanged", async (t) => {
    const readme = readFileSync(`${repository}node/README.md`, 'utf8')
    const programs = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, program]) => program)
    const { emulator } = await rotatingEmulator(t)
    const expected = [
      /^\[ ['"]editor['"] \]\n2 JWTResponse \{.*sessionJwt: \[redacted\]/s,
      /^200 no-store 2\n401 no-store 0\n$/,
      /^U2ada\nAbortError false\n$/,
      /^globex acme\ntrue true\nTENANT_MISMATCH not_sent acme\nacme 0\n$/,
      /^selectTenant PERMISSION_DENIED rejected 403 E\d+ \S+\n$/,
      /^refreshSession done \d+ ms undefined 1\n$/,
      /^U2ada: globex -> acme applied undefined\n$/,
      /^true\n$/,
      /pass 2$.*fail 0$/ms,
    ]
    assert.equal(programs.length, expected.length)
    // A test is run by each runtime's own runner; those of others do not take one as a program.
    const runnable = process.versions.bun || process.versions.deno ? programs.filter(isNoTest) : programs
    for (const [index, program] of runnable.entries()) {
      const { refreshJwt } = await emulator.signIn('ada@example.com', 'globex')
      const env = { ...emulator.environment, REFRESH_JWT: refreshJwt, NODE_TEST_CONTEXT: undefined }
      const { code, stdout, stderr } = await run(program, { env })
      assert.equal(stderr, '')
      assert.equal(code, 0, stdout)
      assert.match(stdout, expected[index])
    }
  })
})
