// Operations of the npm package without a network: `repeat.mjs validation | border`, the plan on standard input.

import { deepStrictEqual } from 'node:assert'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { report, BATCH, readPlan, repeat } from './load.mjs'
import { client } from './package.mjs'

const plan = await readPlan()
const ours = client(plan)

async function validation() {
  const token = plan.fixture.sessionJwt
  // Fetches the keys.
  await ours.validateSession(token)
  return repeat(plan, {
    node: async () => {
      for (let i = 0; i < BATCH; i += 1) await ours.validateSession(token)
    },
  })
}

async function border() {
  const { Crossing } = createRequire(import.meta.url)(join(process.env.PACKAGE, 'border.node'))
  const response = await ours.selectTenant(plan.fixture.tenant, plan.fixture.refreshJwts[0])
  const { session, http } = response
  const text = JSON.stringify({ data: response, session, http })
  const crossing = new Crossing(text)
  deepStrictEqual(crossing.objects(), JSON.parse(text))
  deepStrictEqual(JSON.parse(crossing.text()), JSON.parse(text))
  // The engine must not find out that the results are not used.
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

const modes = { validation, border }
report(await modes[process.argv[2]]())
