// The npm package under load, the plan on standard input.

import { load, readPlan, report } from './load.mjs'
import { client } from './package.mjs'

const plan = await readPlan()
const ours = client(plan)
const { tenant } = plan.fixture
let calls = 0
// Always the same token, or another one each time.
const presented = plan.distinct ? (token) => `${token}_${calls++}` : (token) => token
report(await load(plan, (token) => ours.selectTenant(tenant, presented(token))))
