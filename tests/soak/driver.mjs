// The Node package in a soak: the scenario on standard input, one line of JSON on standard output. `PACKAGE` is the folder of the package.

import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'

const require = createRequire(join(process.env.PACKAGE, 'package.json'))
const { Client, TenantSelectError } = require('tenant-select')

/** What this process uses: bytes of memory (RSS), descriptors, threads. */
function use() {
  // The descriptor of the folder that is listed is in the list, too.
  return [process.memoryUsage.rss(), readdirSync('/proc/self/fd').length, readdirSync('/proc/self/task').length]
}

/** What became of the calls, and what the process used meanwhile. */
class Log {
  ended = {}
  samples = []
  #made = 0

  constructor(scenario) {
    this.every = scenario.sampleEvery
  }

  note(what) {
    this.ended[what] = (this.ended[what] ?? 0) + 1
    this.#made += 1
    if (this.#made % this.every === 0) this.samples.push([this.#made, ...use()])
  }
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function random(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const EXCHANGES = ['refresh', 'select']
const BEGIN = {
  refresh: (client, { refreshJwt }) => client.refreshSession(refreshJwt),
  select: (client, { refreshJwt, tenant }) => client.selectTenant(tenant, refreshJwt),
  me: (client, { refreshJwt }) => client.me(refreshJwt),
  tenants: (client, { refreshJwt }) => client.myTenants(refreshJwt),
  history: (client, { refreshJwt }) => client.history(refreshJwt),
  validate: (client, { sessionJwt }) => client.validateSession(sessionJwt),
}

/** One user: calls one after the other, with the newest refresh token; a new sign-in where the newest may be lost. */
async function work(client, scenario, number, log) {
  const next = random(number)
  const any = (list) => list[Math.floor(next() * list.length)]
  const signIns = scenario.signIns[number].values()
  let [refreshJwt, sessionJwt] = signIns.next().value
  for (let made = 0; made < Math.floor(scenario.calls / scenario.workers); made += 1) {
    const name = any(scenario.operations)
    const exchange = EXCHANGES.includes(name)
    try {
      const result = await BEGIN[name](client, { refreshJwt, sessionJwt, tenant: any(scenario.tenants) })
      if (exchange) ({ refreshJwt, sessionJwt } = result)
      log.note(exchange ? (result.reused ? 'reused' : 'delivered') : 'read')
    } catch (error) {
      if (!(error instanceof TenantSelectError)) throw error
      // The service may have issued tokens that did not arrive.
      if (exchange && error.outcome === 'unknown') [refreshJwt] = signIns.next().value
      log.note(`${error.code} ${error.outcome}${exchange ? ' exchange' : ''}`)
    }
  }
}

const SCENARIOS = {
  /** Workers that call one after the other. */
  async calls(scenario, options, log) {
    const client = new Client(options)
    await Promise.all(scenario.signIns.map((_, number) => work(client, scenario, number, log)))
    await client.close()
  },

  /** Clients that are made, used once and closed. */
  async clients(scenario, options, log) {
    for (let made = 0; made < scenario.clients; made += 1) {
      const client = new Client(options)
      await client.me(scenario.refreshJwt)
      await client.close()
      log.note('read')
    }
  },

  /** Calls that are all pending at once, before and after which one call is made; several times, each with a client of its own. */
  async pending(scenario, options, log) {
    const { refreshJwt } = scenario
    for (let round = 0; round < scenario.pendingRounds; round += 1) {
      const client = new Client(options)
      await client.me(refreshJwt)
      const call = () =>
        client.me(refreshJwt).then(
          () => log.note('read'),
          (error) => log.note(`${error.code} ${error.outcome}`),
        )
      await Promise.all(Array.from({ length: scenario.pending }, call))
      await client.me(refreshJwt)
      await client.close()
      log.samples.push([scenario.pending, ...use()])
    }
  },
}

const scenario = await json(process.stdin)
const log = new Log(scenario)
const { projectId, baseUrl } = scenario
const timeoutMs = scenario.timeoutSeconds * 1000
await SCENARIOS[scenario.name](scenario, { projectId, baseUrl, timeoutMs, connectTimeoutMs: timeoutMs }, log)
console.log(JSON.stringify({ ended: log.ended, samples: log.samples }))
