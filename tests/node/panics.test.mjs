// A panic in the native code is an `InternalError` of its own call, and the client goes on. Builds for release have no panics on
// demand.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { suite, test } from 'node:test'
import { emulatorWithUser, programEnvironment, repository } from './emulator.mjs'
import { addon } from './native.mjs'

const PROGRAM = `
  import { createRequire } from 'node:module'
  import { Client } from 'tenant-select'
  const addon = createRequire(import.meta.url)(process.env.ADDON)
  const client = new Client()
  const before = client.me(process.env.REFRESH_JWT)
  try { addon.panicInCall() } catch (error) { console.log(error.message) }
  const panicked = await Promise.all(Array.from({ length: 10 }, () => addon.panicInFuture()))
  console.log(new Set(panicked.map(({ json }) => JSON.parse(json).code)))
  console.log((await before).name, (await client.selectTenant('acme', process.env.REFRESH_JWT)).session.activeTenant.tenantId)`

suite('panics', { skip: !addon.panicInCall }, () => {
  test('calls that were pending and later ones are made by the same client', async (t) => {
    const fixture = await emulatorWithUser(t)
    const env = {
      ...process.env,
      ...programEnvironment(fixture),
      ADDON: `${repository}node/tenant-select.node`,
      RUST_BACKTRACE: '0',
    }
    const options = { cwd: `${repository}tests/node`, env, encoding: 'utf8' }
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM], options)
    assert.deepEqual(stdout.split('\n'), ['on purpose', "Set(1) { 'INTERNAL' }", 'Ada Lovelace acme', ''])
    assert.equal(status, 0)
  })
})
