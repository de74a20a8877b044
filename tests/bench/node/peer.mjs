// The vendor's Node SDK under the same load: `peer.mjs select | validation`, the plan on standard input.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { report, BATCH, load, readPlan, repeat } from './load.mjs'

const conformance = new URL('../../conformance/node/', import.meta.url)
const require = createRequire(conformance)
const installed = new URL('node_modules/@descope/node-sdk/package.json', conformance)
const { version } = JSON.parse(readFileSync(installed, 'utf8'))
const DescopeClient = require('@descope/node-sdk')

const plan = await readPlan()
const { projectId, baseUrl, tenant, sessionJwt } = plan.fixture
const sdk = DescopeClient({ projectId, baseUrl })

function select() {
  async function call(token) {
    const response = await sdk.selectTenant(tenant, token)
    // It reports failures as data.
    if (!response.ok) throw new Error(`the selection failed with ${response.code}`)
  }
  return load(plan, call, `@descope/node-sdk ${version}`)
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
report(await modes[process.argv[2]]())
