// The calls of the Node package whose instructions `run.py` counts: each a number of times, and then twice as often.
//
// Arguments: how many calls a measurement starts with, then the base URL, the project, a session token and a refresh token. It
// prints the name of each measurement. Run by itself, it checks that the calls work.

import assert from 'node:assert/strict'
import { getPriority } from 'node:os'

import { Client } from '../../node/dist/index.js'

/** Callgrind writes down and resets its counts in the function of the C library behind this, which nothing else here calls. */
const markSection = getPriority

async function measure(name, calls, call) {
  for (let done = 0; done < calls; done += 1) await call()
  for (const section of [calls, 2 * calls]) {
    globalThis.gc?.()
    markSection()
    for (let done = 0; done < section; done += 1) await call()
    markSection()
  }
  console.log(name)
}

const [first, baseUrl, projectId, sessionJwt, refreshJwt] = process.argv.slice(2)
const calls = Number(first)
const client = new Client({ projectId, baseUrl, rotation: false })
await measure('selectTenant', calls, () => client.selectTenant('acme', refreshJwt))
await measure('validateSession', calls, () => client.validateSession(sessionJwt))
const caching = new Client({ projectId, baseUrl, sessionCache: 100 })
await caching.validateSession(sessionJwt)
await measure('validateSession, sessionCache', calls, () => caching.validateSession(sessionJwt))
assert.equal(caching.diagnostics().sessionCacheMisses, 1)
