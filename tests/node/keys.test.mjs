// A key fetch completes, and its keys are cached, also when the calls that wait for it have ended.

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { KeysUnavailableError } from 'tenant-select'
import { emulatorWithUser } from './emulator.mjs'

/** An emulator whose next key set comes late, and what counts its key requests. */
async function lateKeys(t, delayMs, times = 1) {
  const scope = await emulatorWithUser(t)
  const { emulator } = scope
  const path = `/v2/keys/${emulator.projectId}`
  await emulator.clearRequests()
  const late = () => emulator.addFault({ path, kind: 'delay', delayMs, times })
  const statuses = async () => {
    const journal = await emulator.requests()
    return journal.filter((entry) => entry.path === path).map(({ status }) => status)
  }
  return { ...scope, path, late, statuses }
}

suite('keys', () => {
  test('the fetch completes when all callers are aborted', async (t) => {
    const { emulator, sessionJwt, path, late, statuses } = await lateKeys(t, 300)
    await late()
    const client = emulator.client()
    const controller = new AbortController()
    const calls = Array.from({ length: 10 }, () => client.validateSession(sessionJwt, { signal: controller.signal }))
    const results = Promise.allSettled(calls)
    await emulator.waitFor('request', { path })
    controller.abort()
    for (const { reason } of await results) assert.equal(reason.name, 'AbortError')
    await client.validateSession(sessionJwt)
    assert.deepEqual(await statuses(), [200])
  })

  test('keys of an endpoint slower than its callers are kept', async (t) => {
    const { emulator, sessionJwt, late, statuses } = await lateKeys(t, 400, null)
    await late()
    const client = emulator.client({ timeoutMs: 100 })
    let refused = 0
    for (; refused < 100; refused += 1) {
      try {
        await client.validateSession(sessionJwt)
        break
      } catch (error) {
        assert.ok(error instanceof KeysUnavailableError && error.retryable, String(error))
      }
    }
    assert.ok(refused > 0 && refused < 100, `${refused} refused`)
    assert.deepEqual(await statuses(), [200])
  })

  test('a rotation refuses no good token while the keys are fetched', async (t) => {
    const { emulator, sessionJwt, refreshJwt, path, late, statuses } = await lateKeys(t, 200)
    const client = emulator.client()
    await client.validateSession(sessionJwt)
    await emulator.rotateKeys()
    const { sessionJwt: renewed } = await emulator.signIn('ada@example.com', 'acme')
    await late()
    const refresh = client.refreshSession(refreshJwt)
    await emulator.waitFor('request', { path, count: 2 })
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => client.validateSession(renewed)))
    assert.deepEqual(
      results.filter(({ status }) => status !== 'fulfilled'),
      [],
    )
    await refresh
    assert.deepEqual(await statuses(), [200, 200])
  })
})
