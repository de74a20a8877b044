// Worker threads: many at once, one after the other, and ended in the middle of a call.

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { run } from './child.mjs'
import { emulatorWithUser, programEnvironment } from './emulator.mjs'

const WORKERS = Number(process.env.WORKERS ?? 60)
const every = (count, one) => Array.from({ length: count }, () => one)
const CLEAN = { code: 0, signal: null, stderr: '' }

suite('worker threads', () => {
  let emulator
  let env
  const hooks = []
  const scope = { after: (hook) => hooks.push(hook) }
  after(() => Promise.all(hooks.map((hook) => hook())))

  before(async () => {
    const fixture = await emulatorWithUser(scope)
    emulator = fixture.emulator
    env = { ...programEnvironment(fixture), WORKERS: String(WORKERS) }
  })

  /** Runs the program in one of its modes, and gives what became of each worker; its main thread never loads the package. */
  async function workers(mode) {
    const { stdout, ...end } = await run('workers.mjs', { args: [mode], env })
    assert.deepEqual(end, CLEAN)
    return JSON.parse(stdout)
  }

  test('load the addon at once, call, and end', async () => {
    assert.deepEqual(await workers('parallel'), every(16, { userId: 'U2ada', code: 0 }))
  })

  test('load the addon one after the other, so that each is the last that uses it', async () => {
    assert.deepEqual(await workers('successive'), every(WORKERS, { userId: 'U2ada', code: 0 }))
  })

  test('are terminated during a call, and the call is dropped', async () => {
    await emulator.addFault({ path: '/v1/auth/me/history', kind: 'stall', times: null })
    const midway = { userId: 'U2ada', code: 1, arrived: 4, cut: 4 }
    assert.deepEqual(await workers('terminated'), every(WORKERS, midway))
  })

  test('are terminated while one of their calls publishes its retries', async () => {
    // So long a wait that the worker is terminated in the middle of it.
    const unavailable = { kind: 'status', status: 503, headers: { 'retry-after': '20' } }
    await emulator.addFault({ path: '/v1/auth/me/tenants', times: null, ...unavailable })
    assert.deepEqual(await workers('retrying'), every(WORKERS, { userId: 'U2ada', code: 1 }))
  })

  test('end by themselves with a pending call that is not awaited', async () => {
    assert.deepEqual(await workers('exiting'), every(WORKERS, { userId: 'U2ada', code: 0 }))
  })
})
