// Refresh tokens that are replaced with every use.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { useEmulator } from './emulator.mjs'
import { assertRefused } from './refusals.mjs'

const emulator = useEmulator()

for (const tokenDelivery of ['body', 'cookies']) {
  test(`each refresh gives a new token for the same tenant (${tokenDelivery})`, async () => {
    const client = emulator.client()
    await emulator.settings({ tokenDelivery, refreshRotation: true })
    let { refreshJwt } = await emulator.signIn('ada@example.com', 'acme')
    const seen = new Set([refreshJwt])
    for (let round = 0; round < 3; round += 1) {
      const refreshed = await client.refreshSession(refreshJwt)
      assert.equal(refreshed.token.dct, 'acme')
      ;({ refreshJwt } = refreshed)
      seen.add(refreshJwt)
    }
    assert.equal(seen.size, 4)
  })

  test(`a superseded token is refused and the newer one accepted (${tokenDelivery})`, async () => {
    const client = emulator.client()
    await emulator.settings({ tokenDelivery, refreshRotation: true })
    const old = (await emulator.signIn('ada@example.com', 'acme')).refreshJwt
    const { refreshJwt } = await client.refreshSession(old)
    assertRefused(await client.refresh(old), 401, 'E011003')
    await assert.rejects(client.refreshSession(old), /a newer refresh token took this one's place/)
    assert.equal((await client.refreshSession(refreshJwt)).token.dct, 'acme')
  })

  test(`reuse detection ends the sign-in (${tokenDelivery})`, async () => {
    const client = emulator.client()
    await emulator.settings({ tokenDelivery, refreshRotation: true, reuseDetection: true })
    const old = (await emulator.signIn('ada@example.com', 'acme')).refreshJwt
    const elsewhere = (await emulator.signIn('ada@example.com')).refreshJwt
    const { refreshJwt } = await client.refreshSession(old)
    assertRefused(await client.refresh(old), 401, 'E011003')
    assertRefused(await client.refresh(refreshJwt), 401, 'E064001')
    // Another sign-in of the same user is another matter.
    assert.notEqual((await client.refreshSession(elsewhere)).refreshJwt, elsewhere)
  })
}

test('a selection supersedes only where so set', async () => {
  const client = emulator.client()
  const first = (await emulator.signIn('ada@example.com')).refreshJwt
  const second = (await client.selectTenant('acme', first)).data.refreshJwt
  assert.equal((await client.selectTenant('umbrella', first)).ok, true)

  await emulator.settings({ selectSupersedes: true })
  const third = (await client.selectTenant('umbrella', second)).data.refreshJwt
  assertRefused(await client.refresh(second), 401, 'E011003')
  assert.equal((await client.refreshSession(third)).token.dct, 'umbrella')
})
