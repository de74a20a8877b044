// The end of a process: with an idle client, with pending calls, with an exception; rejections; children and clusters.

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { run } from './child.mjs'
import { emulatorWithUser, programEnvironment } from './emulator.mjs'

const EXITS = Number(process.env.EXITS ?? 10)
const CLEAN = { code: 0, signal: null, stderr: '' }

const prelude = `
  import { Client } from 'tenant-select'
  const client = new Client({ retries: 0 })
  const { REFRESH_JWT: refreshJwt, SESSION_JWT: sessionJwt } = process.env
`

suite('process', () => {
  let emulator
  let env
  const hooks = []
  const scope = { after: (hook) => hooks.push(hook) }
  after(() => Promise.all(hooks.map((hook) => hook())))

  before(async () => {
    const fixture = await emulatorWithUser(scope)
    emulator = fixture.emulator
    env = programEnvironment(fixture)
    await emulator.addFault({ path: '/v1/auth/me/history', kind: 'stall', times: null })
  })

  test('an idle client does not keep the process alive', async () => {
    const program = `${prelude}
      await client.me(refreshJwt)
      await client.validateSession(sessionJwt)
      console.log('done')`
    const { stdout, ...end } = await run(program, { env })
    assert.deepEqual({ stdout, ...end }, { stdout: 'done\n', ...CLEAN })
  })

  test('a pending call keeps the process alive', async () => {
    const { stdout, ...end } = await run(`${prelude} client.me(refreshJwt).then((user) => console.log(user.userId))`, {
      env,
    })
    assert.deepEqual({ stdout, ...end }, { stdout: 'U2ada\n', ...CLEAN })
  })

  test('exit with pending calls is clean', async () => {
    const program = `${prelude}
      for (let i = 0; i < 20; i += 1) client.history(refreshJwt)
      await client.me(refreshJwt)
      process.exit(0)`
    for (let round = 0; round < EXITS; round += 1) {
      const { stdout, ...end } = await run(program, { env })
      assert.deepEqual(end, CLEAN)
    }
  })

  test('an exception with pending calls ends the process as exceptions do', async () => {
    const program = `${prelude}
      client.history(refreshJwt)
      await client.me(refreshJwt)
      throw new Error('mine')`
    const { code, signal, stderr } = await run(program, { env })
    assert.deepEqual({ code, signal }, { code: 1, signal: null })
    assert.match(stderr, /error: mine/i)
  })

  test('a failed call that is handled leaves no unhandled rejection, one that is not leaves one', async () => {
    const program = `${prelude}
      let unhandled = 0
      process.on('unhandledRejection', () => { unhandled += 1 })
      const fail = [
        () => client.selectTenant('nowhere', refreshJwt),
        () => client.selectTenant('', refreshJwt),
        () => client.me(7),
        () => client.validateSession('a.b.c'),
        () => client.history(refreshJwt, { timeoutMs: 20 }),
        () => client.history(refreshJwt, { signal: AbortSignal.timeout(20) }),
        () => client.me(refreshJwt, { signal: AbortSignal.abort() }),
      ]
      for (const call of fail) await call().catch(() => {})
      await new Promise(setImmediate)
      console.log(unhandled)
      for (const call of fail) call()
      // Calls keep the process: when nothing keeps it any more, all of them have ended.
      process.once('beforeExit', () => console.log(unhandled, fail.length))`
    const { stdout, ...end } = await run(program, { env })
    assert.deepEqual({ stdout, ...end }, { stdout: '0\n7 7\n', ...CLEAN })
  })

  test('works in a forked child and in a cluster', async () => {
    const { stdout, ...end } = await run('cluster.mjs', { env })
    const lines = stdout.trim().split('\n').sort()
    assert.deepEqual(
      { lines, ...end },
      { lines: ['forked U2ada', 'primary U2ada', 'worker U2ada', 'worker U2ada'], ...CLEAN },
    )
  })

  test('the threads of the runtime are few and named', { skip: process.platform !== 'linux' }, async () => {
    const program = `${prelude}
      import { readdirSync, readFileSync } from 'node:fs'
      await Promise.all(Array.from({ length: 50 }, () => client.me(refreshJwt)))
      const names = readdirSync('/proc/self/task').map((id) => readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim())
      console.log(names.filter((name) => name.startsWith('tenant-select')).length)`
    const { stdout, ...end } = await run(program, { env })
    assert.deepEqual(end, CLEAN)
    const threads = Number(stdout)
    assert.ok(threads >= 2 && threads <= 6, `${threads} threads`)
  })
})
