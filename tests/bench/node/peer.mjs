// The vendor's Node SDK under the same load: `peer.mjs select | validation`, the plan on standard input.

import { createRequire } from 'node:module'
import { answer, BATCH, load, readPlan, repeat } from './load.mjs'

const require = createRequire(new URL('../../conformance/node/package.json', import.meta.url))
const { default: DescopeClient } = require('@descope/node-sdk')

const plan = await readPlan()
const { projectId, baseUrl, tenant, sessionJwt } = plan.scene
const sdk = DescopeClient({ projectId, baseUrl })

function select() {
  return load(plan, async (token) => {
    const response = await sdk.selectTenant(tenant, token)
    // It reports failures as data.
    if (!response.ok) throw new Error(`the selection failed with ${response.code}`)
  })
}

async function validation() {
  await sdk.validateJwt(sessionJwt)
  return repeat(plan, {
    node: async () => {
      for (let i = 0; i < BATCH; i += 1) await sdk.validateJwt(sessionJwt)
    },
  })
}

const modes = { select, validation }
answer(await modes[process.argv[2]]())
