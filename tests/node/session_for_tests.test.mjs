// `session` of `tenant-select/testing`: a session for unit tests, by the rules of tokens.

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as tenantSelect from 'tenant-select'
import { session } from 'tenant-select/testing'
import { emulatorWithUser } from './emulator.mjs'

suite('a session for tests', () => {
  test('it has defaults', () => {
    const made = session()
    assert.ok(made instanceof tenantSelect.Session)
    assert.deepEqual([made.userId, made.projectId, made.cacheScope], ['U2test', 'P2test', 'P2test::U2test'])
    assert.ok(Math.abs(made.issuedAt - Date.now() / 1000) < 60)
    assert.equal(made.expiresAt - made.issuedAt, 600)
    assert.equal(made.activeTenant, undefined)
    assert.deepEqual(Object.keys(made.claims).sort(), ['drn', 'exp', 'iat', 'iss', 'sub'])
    assert.equal(made.claims.iss, 'tenant-select/testing')
  })

  test('it is read as a token is', async (t) => {
    const { emulator } = await emulatorWithUser(t)
    const made = session({
      userId: 'U1',
      projectId: emulator.projectId,
      activeTenant: 'acme',
      tenants: { acme: { roles: ['editor'], permissions: ['write'] }, globex: {} },
      roles: ['admin'],
      claims: { iss: emulator.projectId, su: true, amr: ['mfa'] },
    })
    const token = await emulator.token({ claims: made.claims })
    const verified = await emulator.client().validateSession(token)
    for (const name of ['userId', 'roles', 'amr', 'steppedUp', 'cacheScope', 'activeTenant', 'tenants', 'expiresAt']) {
      assert.deepEqual(made[name], verified[name], name)
    }
  })

  test('the active tenant follows the rules of tokens', () => {
    assert.equal(session({ activeTenant: 'acme', tenants: {} }).activeTenant, undefined)
    const atRoot = session({ activeTenant: 'acme', roles: ['editor'] }).activeTenant
    assert.ok(atRoot.hasRoles(['editor']) && atRoot.anyRole(['owner', 'editor']) && !atRoot.anyPermission([]))
  })

  for (const [wanted, argument] of [
    [{ userId: '' }, 'userId'],
    [{ userId: 7 }, 'userId'],
    [{ tenants: { acme: { rolls: [] } } }, 'tenants'],
    [{ roles: 'editor' }, 'roles'],
    [{ claims: { exp: 'soon' } }, 'claims'],
    [{ claims: { a: 1n } }, 'claims'],
    [{ expiresAt: 'soon' }, 'expiresAt'],
    [{ user: 'U1' }, 'options'],
  ]) {
    test(`a wrong argument is named: ${argument} (${typeof Object.values(wanted)[0]})`, () => {
      assert.throws(
        () => session(wanted),
        (error) => error instanceof tenantSelect.InvalidInputError && error.argument === argument,
      )
    })
  }

  test('only the testing kit has it', () => {
    assert.ok(!('session' in tenantSelect))
  })
})
