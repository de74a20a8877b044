// Worker threads: many at once, one after the other, and ended in the middle of a call.

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { run } from './child.mjs'
import { emulatorWithUser } from './emulator.mjs'

const WORKERS = Number(process.env.WORKERS ?? 60)
const CLEAN = { code: 0, signal: null, stderr: '' }

suite('worker threads', () => {
  let emulator
  let env
  const hooks = []
  const scope = { after: (hook) => hooks.push(hook) }
  after(() => Promise.all(hooks.map((hook) => hook())))

  before(async () => {
    const scene = await emulatorWithUser(scope)
    emulator = scene.emulator
    env = {
      ...emulator.environment,
      REFRESH_JWT: scene.refreshJwt,
      SESSION_JWT: scene.sessionJwt,
      WORKERS: String(WORKERS),
    }
  })

  /** Runs the program in one of its modes; the main thread of that program never loads the package. */
  async function workers(mode) {
    const { stdout, ...end } = await run('workers.mjs', { args: [mode], env })
    assert.deepEqual(end, CLEAN)
    return JSON.parse(stdout)
  }

  test('load the addon at once, call, and end', async () => {
    const { ended, users } = await workers('parallel')
    assert.equal(ended, 16)
    assert.deepEqual(new Set(users), new Set(['U2ada']))
  })

  test('load the addon one after the other, so that each is the last to leave', async () => {
    const { ended, users } = await workers('successive')
    assert.equal(ended, WORKERS)
    assert.equal(users.length, WORKERS)
  })

  test('are terminated in the middle of a call, and the call goes with them', async () => {
    await emulator.addFault({ path: '/v1/auth/me/history', kind: 'stall', times: null })
    const [{ sequence } = { sequence: 0 }] = (await emulator.requests()).slice(-1)
    const { ended } = await workers('terminated')
    assert.equal(ended, WORKERS)
    const journal = await emulator.waitFor('disconnect', { count: WORKERS, after: sequence })
    const during = journal.filter(
      (entry) => entry.event === 'disconnect' && entry.sequence > sequence && entry.duringRequest,
    )
    assert.ok(during.length >= WORKERS, `${during.length} of ${WORKERS} connections went during their request`)
  })

  test('are terminated while a call of theirs tells of its retries', async () => {
    // So long a wait that the worker is terminated in the middle of it.
    const unavailable = { kind: 'status', status: 503, headers: { 'retry-after': '20' } }
    await emulator.addFault({ path: '/v1/auth/me/tenants', times: null, ...unavailable })
    const { ended, users } = await workers('retrying')
    assert.equal(ended, WORKERS)
    assert.deepEqual(new Set(users), new Set(['U2ada']))
  })

  test('end by themselves with a call under way that nobody awaits', async () => {
    const { ended } = await workers('exiting')
    assert.equal(ended, WORKERS)
  })
})
