// Runs every contract case through the public client and compares complete results and complete errors.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { Client, RequestAuthenticator } from 'tenant-select'
import { startEmulator } from 'tenant-select/testing'
import { canonicalError, canonicalResult, printed, withNear } from './canonical.mjs'
import { repository } from './emulator.mjs'

const folder = `${repository}tests/cases`
// An id is the path of the file with dots, and for a table that of each row.
const ids = readdirSync(folder, { recursive: true })
  .filter((path) => path.endsWith('.json'))
  .flatMap((path) => {
    const id = path.slice(0, -'.json'.length).split(sep).join('.')
    const { rows } = JSON.parse(readFileSync(join(folder, path), 'utf8'))
    return rows === undefined ? [id] : Object.keys(rows).map((row) => `${id}.${row}`)
  })
  .sort()

const OPERATIONS = {
  select_tenant: (client, { tenantId, refreshJwt }, call) => client.selectTenant(tenantId, refreshJwt, call),
  refresh_session: (client, { refreshJwt, externalToken, expectTenant, followSwitch }, call) =>
    client.refreshSession(refreshJwt, { ...call, externalToken, expectTenant, followSwitch }),
  me: (client, { refreshJwt }, call) => client.me(refreshJwt, call),
  my_tenants: (client, { refreshJwt, ids, activeOnly }, call) =>
    client.myTenants(refreshJwt, { ...call, ids, activeOnly }),
  history: (client, { refreshJwt }, call) => client.history(refreshJwt, call),
  logout: (client, { refreshJwt }, call) => client.logout(refreshJwt, call),
  logout_all: (client, { refreshJwt }, call) => client.logoutAll(refreshJwt, call),
  validate_session: (client, { sessionJwt, audience }, call) =>
    client.validateSession(sessionJwt, { ...call, audience }),
  validate_and_refresh: (client, { sessionJwt, refreshJwt, keepTenant, refreshBeforeSeconds, audience }, call) => {
    const refreshBeforeMs = refreshBeforeSeconds === undefined ? undefined : refreshBeforeSeconds * 1000
    return client.validateAndRefresh(sessionJwt, refreshJwt, { ...call, keepTenant, refreshBeforeMs, audience })
  },
  tokens_from_request: (client, { cookieHeader, authorization }) =>
    client.tokensFromRequest(cookieHeader, authorization),
  configure: ({ baseUrl, projectId }) => ({ baseUrl, projectId }),
  authenticate: ({ authenticator }, { action, request, requirement, tenantId }) => {
    if (action === 'switch') return authenticator.switch(request, tenantId)
    return action === 'sign_out' ? authenticator.signOut(request) : authenticator.authenticate(request, requirement)
  },
}

/** What performs an operation: the client, and for incoming requests its authenticator. */
function performerOf(client, operation, { authenticator: options = {}, cookieOptions: cookies }) {
  if (operation !== 'authenticate') return client
  const { refreshBeforeSeconds, ...rest } = options
  const refreshBeforeMs = refreshBeforeSeconds === undefined ? undefined : refreshBeforeSeconds * 1000
  return { authenticator: new RequestAuthenticator(client, { ...rest, refreshBeforeMs, cookies }) }
}

/** Seconds, as cases have them, in milliseconds. */
function inMilliseconds({ timeoutSeconds, connectTimeoutSeconds, ...rest }) {
  const converted = (seconds) => (typeof seconds === 'number' ? seconds * 1000 : seconds)
  return { timeoutMs: converted(timeoutSeconds), connectTimeoutMs: converted(connectTimeoutSeconds), ...rest }
}

/** A client as the case describes it, in the case's own environment. */
function clientOf({ environment = {}, baseUrlSuffix = '', ...options }, baseUrl) {
  return new Client({ environment, baseUrl: `${baseUrl}${baseUrlSuffix}`, ...inMilliseconds(options) })
}

/** What came of the call, and all that it prints of itself. */
async function perform({ client: options = {}, operation, arguments: given = {}, call = {}, earlier = [] }, baseUrl) {
  const operate = OPERATIONS[operation]
  assert.ok(operate, `the runner knows no operation ${operation}`)
  const { connectTimeoutMs, ...callOptions } = inMilliseconds(call)
  try {
    // The calls of an authenticator have the options of its client.
    const clientOptions = operation === 'authenticate' ? { ...options, ...call } : options
    const client = performerOf(clientOf(clientOptions, baseUrl), operation, given)
    for (const { operation, arguments: before } of earlier) {
      // What comes of it does not matter.
      await OPERATIONS[operation](client, before, {}).catch(() => {})
    }
    const result = await operate(client, { tenantId: '', refreshJwt: '', ...given }, callOptions)
    return { parts: canonicalResult(result, given), shown: printed(result) }
  } catch (error) {
    return { parts: canonicalError(error, given), shown: printed(error) }
  }
}

/** The claims and signature of every token in the case, each as secret as the whole. */
function secretsOf(value) {
  if (typeof value === 'string') {
    const parts = value.split('.')
    const isToken = value.length > 64 && parts.length === 3 && value.startsWith('eyJ')
    return isToken ? parts.slice(1).filter((part) => part.length > 32) : []
  }
  return value === null || typeof value !== 'object' ? [] : Object.values(value).flatMap(secretsOf)
}

suite('contract cases', () => {
  let run = 0
  let emulator
  before(async () => {
    emulator = await startEmulator({ cases: folder })
  })

  for (const id of ids) {
    test(id, async () => {
      const opened = await emulator.control('POST', '/runs', { case: id })
      const { expect } = opened.case
      const { parts, shown } = await perform(opened.case, opened.baseUrl)
      // Each part that the case names, compared whole; `value` or `error` always, so that neither comes unforeseen.
      const compared = new Set([...Object.keys(expect), 'value' in parts ? 'value' : 'error'])
      const found = Object.fromEntries([...compared].filter((part) => part in parts).map((part) => [part, parts[part]]))
      assert.deepEqual(found, withNear(expect, found))
      for (const secret of secretsOf(opened.case)) assert.ok(!shown.includes(secret), 'the result prints a token')
      const report = await emulator.control('GET', `/runs/${opened.run}`)
      assert.deepEqual(report.problems, [])
      assert.ok(report.complete, `not every exchange was used: ${JSON.stringify(report.requests)}`)
      run += 1
    })
  }

  after(async () => {
    await emulator.stop()
    console.log(`cases: ${run} of ${ids.length} run`)
    assert.ok(ids.length > 0, 'there are no cases')
    assert.equal(run, ids.length)
  })
})
