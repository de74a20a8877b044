// The npm package under load, the plan on standard input.

import { load, readPlan, report } from './load.mjs'
import { client } from './package.mjs'

const plan = await readPlan()
const ours = client(plan)
report(await load(plan, (token) => ours.selectTenant(plan.fixture.tenant, token)))
