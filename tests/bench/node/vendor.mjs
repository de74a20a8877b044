// The vendor's Node SDK under the same load, the plan on standard input.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { load, readPlan, report } from './load.mjs'

const require = createRequire(import.meta.url)
const installed = new URL('node_modules/@descope/node-sdk/package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(installed, 'utf8'))
const DescopeClient = require('@descope/node-sdk')

const plan = await readPlan()
const { projectId, baseUrl, tenant } = plan.fixture
const sdk = DescopeClient({ projectId, baseUrl })

function select() {
  async function call(token) {
    const response = await sdk.selectTenant(tenant, token)
    // It reports failures as data.
    if (!response.ok) throw new Error(`the selection failed with ${response.code}`)
  }
  return load(plan, call, `@descope/node-sdk ${version}`)
}

report(await select())
