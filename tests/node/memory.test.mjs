// The memory that many results in a row leave, in a program that does not call the garbage collector.

import assert from 'node:assert/strict'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { suite, test } from 'node:test'
import { Client } from 'tenant-select'
import { run } from './child.mjs'
import { emulatorWithUser, programEnvironment } from './emulator.mjs'
import { eventually } from './eventually.mjs'

const VALIDATIONS = Number(process.env.VALIDATIONS ?? 100_000)
const SELECTIONS = Number(process.env.SELECTIONS ?? 2_000)
const MOST = 30e6

/** Makes calls in a program of its own, and gives by how many bytes its memory (`rss`) grew over them. */
async function grown(t, count, call) {
  const { emulator, sessionJwt, refreshJwt } = await emulatorWithUser(t)
  const program = `
    import { Client } from 'tenant-select'
    import { subscribe } from 'node:diagnostics_channel'
    const client = new Client()
    const { REFRESH_JWT: refreshJwt, SESSION_JWT: sessionJwt } = process.env
    const { signal } = new AbortController()
    const call = async (round) => { ${call} }
    // Fetches the keys, and loads what is loaded once.
    for (let round = 0; round < 100; round += 1) await call(round)
    const before = process.memoryUsage().rss
    for (let round = 0; round < ${count}; round += 1) await call(round)
    console.log(process.memoryUsage().rss - before)`
  const env = programEnvironment({ emulator, sessionJwt, refreshJwt })
  const { code, stdout, stderr } = await run(program, { env })
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  console.log(`grown by ${(Number(stdout) / 1e6).toFixed(1)} MB over ${count} calls`)
  return Number(stdout)
}

suite('memory', () => {
  // No turn of the event loop comes in these loops: keys are at hand, so the promises have settled when they are awaited.
  test('validations in a plain loop do not grow the process', async (t) => {
    const bytes = await grown(t, VALIDATIONS, "(await client.validateSession(sessionJwt)).hasRoles(['editor'])")
    assert.ok(bytes < MOST, `${bytes} bytes`)
  })

  test('validations with a session cache do not grow the process', async (t) => {
    const call = `
      if (round === 0) globalThis.caching = new Client({ sessionCache: 10 })
      await caching.validateSession(sessionJwt)`
    const bytes = await grown(t, VALIDATIONS, call)
    assert.ok(bytes < MOST, `${bytes} bytes`)
  })

  test('validations with a signal do not grow the process', async (t) => {
    const call = 'await client.validateSession(sessionJwt, { signal })'
    const bytes = await grown(t, VALIDATIONS / 5, call)
    assert.ok(bytes < MOST, `${bytes} bytes`)
  })

  test('validations with diagnostics do not grow the process', async (t) => {
    const call = `
      if (round === 0) for (const name of ['start', 'end']) subscribe('tenant-select:request:' + name, () => {})
      await client.validateAndRefresh(sessionJwt, refreshJwt, { signal })
      await client.validateSession(sessionJwt, { signal })`
    const bytes = await grown(t, VALIDATIONS / 5, call)
    assert.ok(bytes < MOST, `${bytes} bytes`)
  })

  test('selections in an awaited loop, with their cookies, do not grow the process', async (t) => {
    const call = "(await client.selectTenant(round % 2 ? 'acme' : 'globex', refreshJwt)).setCookieHeaders()"
    const bytes = await grown(t, SELECTIONS, call)
    assert.ok(bytes < MOST, `${bytes} bytes`)
  })

  const skip = 'bun' in process.versions || 'deno' in process.versions
  test('the engine collects clients for their native memory', { skip }, async () => {
    const kinds = new Set()
    const observer = new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) kinds.add(detail.kind)
    })
    observer.observe({ entryTypes: ['gc'] })
    const clients = []
    // On the heap alone these are too small for more than the collections of what is young.
    while (clients.length < 5_000) {
      clients.push(new Client({ projectId: 'P1' }))
      if (clients.length % 100 === 0) await new Promise(setImmediate)
    }
    await eventually(() => assert.ok(kinds.has(constants.NODE_PERFORMANCE_GC_MAJOR), [...kinds].join()))
    observer.disconnect()
    assert.equal(clients.length, 5_000)
  })
})
