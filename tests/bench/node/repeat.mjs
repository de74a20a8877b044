// Operations of the npm package without a network: `repeat.mjs validation | tenants | border`, the plan on standard input.

import { deepStrictEqual } from 'node:assert'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { readPlan, report } from './load.mjs'
import { client } from './package.mjs'
import { BATCH, repeat } from './repetition.mjs'

const plan = await readPlan()
const ours = client(plan)

async function validation() {
  const token = plan.fixture.sessionJwt
  const caching = client(plan, { sessionCache: 100 })
  // Fetches the keys, and verifies the token that is kept. The second call keeps the object of its session.
  await ours.validateSession(token)
  for (let i = 0; i < 2; i += 1) await caching.validateSession(token)
  return repeat(plan, {
    kept: async () => {
      for (let i = 0; i < BATCH; i += 1) await caching.validateSession(token)
    },
    node: async () => {
      for (let i = 0; i < BATCH; i += 1) await ours.validateSession(token)
    },
  })
}

async function tenants() {
  const size = 16
  // The highest value of the option.
  const tolerant = client(plan, { maxTokenBytes: 65_536 })
  const operations = {}
  for (const [count, token] of Object.entries(plan.fixture.tenantTokens)) {
    await tolerant.validateSession(token)
    operations[count] = async () => {
      for (let i = 0; i < size; i += 1) await tolerant.validateSession(token)
    }
  }
  return repeat(plan, operations, size)
}

async function border() {
  const { Crossing } = createRequire(import.meta.url)(join(process.env.PACKAGE, 'border.node'))
  const response = await ours.selectTenant(plan.fixture.tenant, plan.fixture.refreshJwts[0])
  const { session, http } = response
  const text = JSON.stringify({ data: response, session, http })
  const crossing = new Crossing(text)
  deepStrictEqual(crossing.objects(), JSON.parse(text))
  deepStrictEqual(JSON.parse(crossing.text()), JSON.parse(text))
  // Kept, so that the engine does not remove the operation.
  let last
  const times = (operation) => () => {
    for (let i = 0; i < BATCH; i += 1) last = operation()
    return last
  }
  return repeat(plan, {
    parse: times(() => JSON.parse(text)),
    text: times(() => JSON.parse(crossing.text())),
    native: times(() => crossing.objects()),
  })
}

const modes = { validation, tenants, border }
report(await modes[process.argv[2]]())
