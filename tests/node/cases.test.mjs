// Runs every contract case through the public client and compares complete results and complete errors.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, suite, test } from 'node:test'
import { Client } from 'tenant-select'
import { emulatorFor } from 'tenant-select/testing'
import { canonicalError, canonicalResult, withoutNulls } from './canonical.mjs'
import { repository } from './emulator.mjs'

const folder = `${repository}tests/cases`
const ids = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length))
  .sort()

const OPERATIONS = {
  select_tenant: (client, { tenantId, refreshJwt }, call) => client.selectTenant(tenantId, refreshJwt, call),
  refresh_session: (client, { refreshJwt, externalToken, expectTenant }, call) =>
    client.refreshSession(refreshJwt, { ...call, externalToken, expectTenant }),
  me: (client, { refreshJwt }, call) => client.me(refreshJwt, call),
  my_tenants: (client, { refreshJwt, ids, activeOnly }, call) =>
    client.myTenants(refreshJwt, { ...call, ids: ids ?? undefined, activeOnly }),
  history: (client, { refreshJwt }, call) => client.history(refreshJwt, call),
  logout: (client, { refreshJwt }, call) => client.logout(refreshJwt, call),
  logout_all: (client, { refreshJwt }, call) => client.logoutAll(refreshJwt, call),
  validate_session: (client, { sessionJwt, audience }, call) => client.validateSession(sessionJwt, { ...call, audience }),
  validate_and_refresh: (client, { sessionJwt, refreshJwt }, call) =>
    client.validateAndRefresh(sessionJwt, refreshJwt, call),
  tokens_from_request: (client, { cookieHeader, authorization }) => client.tokensFromRequest(cookieHeader, authorization),
  configure: () => ({}),
}

/** Seconds, as cases have them, in milliseconds. */
function inMilliseconds(options) {
  const { timeoutSeconds, connectTimeoutSeconds, ...rest } = options
  if (timeoutSeconds !== undefined) rest.timeoutMs = timeoutSeconds * 1000
  if (connectTimeoutSeconds !== undefined) rest.connectTimeoutMs = connectTimeoutSeconds * 1000
  return rest
}

/** A client as the case describes it. The environment is the case's alone while the client is made. */
function clientOf({ environment = {}, baseUrlSuffix = '', ...options }, baseUrl) {
  const own = process.env
  process.env = environment
  try {
    return new Client({ baseUrl: `${baseUrl}${baseUrlSuffix}`, ...inMilliseconds(options) })
  } finally {
    process.env = own
  }
}

async function perform({ client: options = {}, operation, arguments: given = {}, call, expect }, baseUrl) {
  const operate = OPERATIONS[operation]
  assert.ok(operate, `the runner knows no operation ${operation}`)
  try {
    const client = clientOf(options, baseUrl)
    const result = await operate(client, given, call && inMilliseconds(call))
    return canonicalResult(result, expect)
  } catch (error) {
    if (error.code === undefined || error.code === 'ERR_ASSERTION') throw error
    return { error: canonicalError(error) }
  }
}

suite('contract cases', async () => {
  let run = 0
  let emulator
  const hooks = []
  after(() => Promise.all(hooks.map((hook) => hook())))
  emulator = await emulatorFor({ after: (hook) => hooks.push(hook) }, { args: ['--cases', folder] })

  for (const id of ids) {
    test(id, async () => {
      const opened = await emulator.control('POST', '/runs', { case: id })
      const { expect } = opened.case
      const found = await perform(opened.case, opened.baseUrl)
      const expected = expect.error === undefined ? expect : { error: withoutNulls(expect.error) }
      // Only the parts that the case states; each of them completely.
      const stated = Object.fromEntries(Object.keys(expected).map((part) => [part, found[part]]))
      assert.deepEqual('error' in found && !('error' in expected) ? found : stated, expected)
      const report = await emulator.control('GET', `/runs/${opened.run}`)
      assert.deepEqual(report.problems, [])
      assert.ok(report.complete, `not every exchange was used: ${JSON.stringify(report.requests)}`)
      run += 1
    })
  }

  after(() => {
    console.log(`cases: ${run} of ${ids.length} run`)
    assert.ok(ids.length > 0, 'there are no cases')
    assert.equal(run, ids.length)
  })
})
