// The session of a response: there is one, or reading it says why there is none. Times are dates, too.

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import { NotVerifiedError, Session } from 'tenant-select'
import { emulatorWithUser } from './emulator.mjs'

/** The message of the error that reading the session throws. */
function reason(response) {
  assert.equal(response.sessionOrUndefined, undefined)
  let message
  assert.throws(
    () => response.session,
    (error) => {
      assert.ok(error instanceof NotVerifiedError)
      assert.deepEqual([error.code, error.outcome, error.retryable], ['NOT_VERIFIED', 'not_sent', false])
      assert.match(error.stack.split('\n')[1], /response_session\.test\.mjs/)
      assert.doesNotMatch(inspect(error), /eyJ/)
      message = error.message
      return true
    },
  )
  return message
}

suite('the session of a response', () => {
  test('a verified response has it, and every read gives the same one', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const response = await emulator.client().selectTenant('acme', refreshJwt)
    assert.ok(response.session instanceof Session)
    assert.equal(response.session, response.sessionOrUndefined)
    assert.ok(!Object.keys({ ...response }).includes('session'))
  })

  test('without verification there is none', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const response = await emulator.client({ verify: false }).selectTenant('acme', refreshJwt)
    assert.match(reason(response), /verification is switched off/)
  })

  test('a sign-out has none', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    assert.match(reason(await emulator.client().logout(refreshJwt)), /a sign-out has no session/)
  })

  test('a response that failed its verification has none', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.addFault({ path: '/v2/keys/*', times: null, kind: 'status', status: 500 })
    const error = await emulator
      .client({ retries: 0 })
      .selectTenant('acme', refreshJwt)
      .catch((error) => error)
    assert.match(reason(error.response), /failed its verification \(KEYS_UNAVAILABLE\)/)
  })

  test('its times are dates, too', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.settings({ nextRefreshSeconds: 60 })
    const client = emulator.client()
    const response = await client.selectTenant('acme', refreshJwt)
    const { session, nextRefreshAt, nextRefreshAtDate } = response
    assert.equal(nextRefreshAtDate.getTime(), nextRefreshAt * 1000)
    for (const name of ['issuedAt', 'expiresAt', 'refreshExpiresAt']) {
      assert.equal(session[`${name}Date`].getTime(), session[name] * 1000, name)
    }
    const [entry] = await client.history(refreshJwt)
    assert.equal(entry.loginTimeDate.getTime(), entry.loginTime * 1000)
    const user = await client.me(refreshJwt)
    assert.equal(user.createdTimeDate.getTime(), user.createdTime * 1000)
    assert.equal(user.consentExpirationDate.getTime(), user.consentExpiration * 1000)
  })

  test('an absent time is no date, and one beyond a date is the last one', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const body = [{}, { loginTime: -1 }, { loginTime: 2 ** 53 }, { loginTime: -(2 ** 53) }]
    await emulator.addFault({ path: '/v1/auth/me/history', kind: 'status', status: 200, body })
    const dates = (await emulator.client().history(refreshJwt)).map((entry) => entry.loginTimeDate?.getTime())
    assert.deepEqual(dates, [undefined, -1000, 8.64e15, -8.64e15])
  })
})
