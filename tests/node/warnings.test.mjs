// What a client reports that is wrong around it: a warning of the process and a message of a channel, once per client.

import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { emulatorWithUser } from './emulator.mjs'

const CHANNEL = 'tenant-select:client:warning'

/** Lets the next request get a refusal whose `Date` is so many seconds away. */
async function refuseAt(emulator, path, seconds) {
  const date = new Date(Date.now() + seconds * 1000).toUTCString()
  await emulator.addFault({ path, kind: 'status', status: 404, headers: { date } })
}

suite('warnings', () => {
  test('a clock skew above the leeway is reported once per client', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const told = []
    const hear = (message) => told.push(message)
    subscribe(CHANNEL, hear)
    t.after(() => unsubscribe(CHANNEL, hear))
    for (const offset of [600, -600]) {
      const client = emulator.client({ leewaySeconds: 60 })
      const emitted = once(process, 'warning')
      for (let call = 0; call < 3; call++) {
        await refuseAt(emulator, '/v1/auth/me', offset)
        await assert.rejects(client.me(refreshJwt), { code: 'NOT_FOUND' })
      }
      const [warning] = await emitted
      assert.deepEqual([warning.name, warning.code], ['TenantSelectWarning', 'TENANT_SELECT_CLOCK_SKEW'])
      assert.match(warning.message, offset > 0 ? /^the clock of this machine is \d+ s behind/ : / s ahead of /)
      const [{ seconds, ...message }] = told.splice(0)
      assert.deepEqual(message, {
        projectId: emulator.projectId,
        code: 'TENANT_SELECT_CLOCK_SKEW',
        message: warning.message,
      })
      assert.ok(Math.abs(seconds - offset) <= 30, `${seconds}`)
    }
    assert.deepEqual(told, [])
  })

  test('the response to a key fetch counts', async (t) => {
    const { emulator, refreshJwt, sessionJwt } = await emulatorWithUser(t)
    const client = emulator.client()
    const emitted = once(process, 'warning')
    await refuseAt(emulator, `/v2/keys/${emulator.projectId}`, 3600)
    await assert.rejects(client.validateSession(sessionJwt), { code: 'KEYS_UNAVAILABLE' })
    const [{ code }] = await emitted
    assert.equal(code, 'TENANT_SELECT_CLOCK_SKEW')
    assert.ok((await client.me(refreshJwt)).userId)
  })

  test('a skew within the leeway is not reported', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const told = []
    const hear = (warning) => told.push(warning)
    process.on('warning', hear)
    t.after(() => process.off('warning', hear))
    const client = emulator.client({ leewaySeconds: 300 })
    await refuseAt(emulator, '/v1/auth/me', 200)
    await assert.rejects(client.me(refreshJwt), { code: 'NOT_FOUND' })
    await client.selectTenant('acme', refreshJwt)
    // Warnings are emitted in the next tick.
    await new Promise(setImmediate)
    assert.deepEqual(told, [])
  })
})
