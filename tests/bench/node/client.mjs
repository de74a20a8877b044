// The npm package under load, the plan on standard input.

import { answer, load, readPlan } from './load.mjs'
import { client } from './package.mjs'

const plan = await readPlan()
const ours = client(plan)
answer(await load(plan, (token) => ours.selectTenant(plan.scene.tenant, token)))
