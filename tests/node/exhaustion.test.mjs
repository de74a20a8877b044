// When the system refuses a thread, the call fails at once with an error, and the next call works.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'
import { suite, test } from 'node:test'
import { run } from './child.mjs'
import { emulatorWithUser } from './emulator.mjs'

const SERVED = 'Ada Lovelace'
const NOT_STARTED = 'CONNECTION not_sent true 0 me: the runtime could not be started ('
const NOT_RESOLVED =
  'CONNECTION not_sent true 1 me: no connection to the server NAME: the system granted no thread to resolve the host name:'

/** The limits are those of Linux, and other runtimes reserve addresses differently. */
const skip =
  process.platform !== 'linux' ||
  'bun' in process.versions ||
  'deno' in process.versions ||
  spawnSync('prlimit', ['--version']).status !== 0

/** A name of this machine that needs the resolver and leads to where the emulator listens. */
async function ownName() {
  const { address } = await lookup(hostname(), { family: 4 }).catch(() => ({}))
  return address === '127.0.0.1' && hostname() !== 'localhost' ? hostname() : undefined
}

/** How the calls of the program end when so many threads are granted to the first two. */
async function ends(t, threads, host) {
  const { emulator, refreshJwt } = await emulatorWithUser(t)
  const url = new URL(emulator.url)
  url.hostname = host
  const env = {
    ...emulator.environment,
    DESCOPE_BASE_URL: '',
    REFRESH_JWT: refreshJwt,
    RUST_MIN_STACK: String(256 * 1024 * 1024),
    MALLOC_ARENA_MAX: '1',
    // One thread of libuv's own for the program's files, started with it.
    UV_THREADPOOL_SIZE: '1',
  }
  const { code, stdout, stderr } = await run('exhaustion.mjs', { args: [threads, url.origin], env })
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  return stdout.trim().split('\n')
}

function assertEnds(said, expected) {
  assert.equal(said.length, expected.length, said.join('\n'))
  for (const [call, end] of said.entries()) assert.ok(end.startsWith(expected[call]), `${call}: ${end}`)
}

suite('resource exhaustion', { skip }, () => {
  test('without a thread for the runtime, calls are not sent, and later ones are made', async (t) => {
    assertEnds(await ends(t, 0, '127.0.0.1'), [NOT_STARTED, NOT_STARTED, SERVED])
  })

  for (const threads of [1, 2]) {
    test(`${threads} of two threads for the runtime serve calls`, async (t) => {
      assertEnds(await ends(t, threads, '127.0.0.1'), [SERVED, SERVED, SERVED])
    })
  }

  test('localhost needs no thread to be resolved', async (t) => {
    assertEnds(await ends(t, 1, 'localhost'), [SERVED, SERVED, SERVED])
  })

  for (const threads of [1, 2]) {
    test(`without a thread for the resolver beside ${threads}, calls are not sent, and later ones are made`, async (t) => {
      const host = await ownName()
      if (host === undefined) return t.skip('the name of this machine does not lead to its loopback')
      const said = await ends(t, threads, host)
      const named = said.map((end) => end.replace(/the server \S+:\d+/, 'the server NAME'))
      assertEnds(named, [NOT_RESOLVED, NOT_RESOLVED, SERVED])
    })
  }
})
