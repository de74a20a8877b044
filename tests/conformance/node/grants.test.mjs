// The SDK's role and permission helpers on tokens of the emulator.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { useEmulator } from './emulator.mjs'

const emulator = useEmulator()

const sources = {
  async selectTenant(client, { refreshJwt }) {
    // A selection gives tokens out; the helpers want one validated.
    return client.validateSession((await client.selectTenant('acme', refreshJwt)).data.sessionJwt)
  },
  refreshSession: (client, { refreshJwt }) => client.refreshSession(refreshJwt),
  validateSession: (client, { sessionJwt }) => client.validateSession(sessionJwt),
}

for (const [name, source] of Object.entries(sources)) {
  test(`grants of project and tenants after ${name}`, async () => {
    const client = emulator.client()
    const session = await source(client, await emulator.signIn('ada@example.com', 'acme'))

    // In the project as a whole: roles of a tenant do not count there, not even of the selected one.
    assert.equal(client.validateRoles(session, ['staff']), true)
    assert.equal(client.validateRoles(session, ['staff', 'admin']), false)
    assert.equal(client.validatePermissions(session, ['login']), true)
    assert.equal(client.validatePermissions(session, ['read']), false)
    assert.deepEqual(client.getMatchedRoles(session, ['admin', 'staff']), ['staff'])
    assert.deepEqual(client.getMatchedPermissions(session, ['write', 'login']), ['login'])

    // In a tenant, selected or not.
    assert.equal(client.validateTenantRoles(session, 'acme', ['editor', 'admin']), true)
    assert.equal(client.validateTenantRoles(session, 'acme', ['admin', 'staff']), false)
    assert.equal(client.validateTenantRoles(session, 'umbrella', ['viewer']), true)
    assert.equal(client.validateTenantPermissions(session, 'acme', ['write']), true)
    assert.equal(client.validateTenantPermissions(session, 'umbrella', ['write']), false)
    assert.deepEqual(client.getMatchedTenantRoles(session, 'acme', ['viewer', 'admin']), ['admin'])
    assert.deepEqual(client.getMatchedTenantPermissions(session, 'umbrella', ['write', 'read']), ['read'])

    // In a tenant of others, not even nothing.
    assert.equal(client.validateTenantRoles(session, 'globex', []), false)
    assert.equal(client.validateTenantPermissions(session, 'globex', []), false)
    assert.deepEqual(client.getMatchedTenantRoles(session, 'globex', ['owner']), [])

    // The helpers that read a token unverified.
    assert.deepEqual(client.getJwtRoles(session.jwt), ['staff'])
    assert.deepEqual(client.getJwtRoles(session.jwt, 'acme'), ['admin', 'editor'])
    assert.deepEqual(client.getJwtPermissions(session.jwt, 'umbrella'), ['read'])
    assert.deepEqual(client.getJwtPermissions(session.jwt, 'globex'), [])
  })
}

test('a member without roles is a member', async () => {
  const client = emulator.client()
  await emulator.control('POST', '/users', { loginId: 'eve@example.com', tenants: { acme: {}, umbrella: {} } })
  const { data } = await client.selectTenant('acme', (await emulator.signIn('eve@example.com')).refreshJwt)
  const session = await client.validateSession(data.sessionJwt)
  assert.deepEqual(session.token.tenants, { acme: {}, umbrella: {} })
  assert.equal(client.validateTenantRoles(session, 'acme', []), true)
  assert.equal(client.validateTenantRoles(session, 'acme', ['admin']), false)
  assert.deepEqual(client.getJwtRoles(session.jwt, 'acme'), [])
})

test('a template without tenants', async () => {
  const client = emulator.client()
  await emulator.settings({ jwtTemplate: 'current_tenant' })
  const { data } = await client.selectTenant('acme', (await emulator.signIn('ada@example.com')).refreshJwt)
  const session = await client.validateSession(data.sessionJwt)
  assert.equal('tenants' in session.token, false)
  // The grants of the selected tenant are at the root …
  assert.equal(client.validateRoles(session, ['admin', 'editor']), true)
  // … where the helpers for validated tokens do not look when a tenant is given …
  assert.equal(client.validateTenantRoles(session, 'acme', ['admin']), false)
  assert.deepEqual(client.getMatchedTenantPermissions(session, 'acme', ['read']), [])
  // … but those for unverified ones do, for the tenant of "dct" alone; listing the tenants is beyond them.
  assert.deepEqual(client.getJwtRoles(session.jwt, 'acme'), ['admin', 'editor'])
  assert.deepEqual(client.getJwtPermissions(session.jwt, 'acme'), ['read', 'write'])
  assert.deepEqual(client.getJwtRoles(session.jwt, 'umbrella'), [])
  assert.throws(() => client.getTenants(session.jwt), TypeError)
})
