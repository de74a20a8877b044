// How this SDK tells that the service said no: it throws nothing.

import assert from 'node:assert/strict'

/** Holds a result against status and code of a refusal, which must have exactly the service's three fields. */
export function assertRefused(result, status, errorCode) {
  assert.deepEqual([result.ok, result.code, result.data], [false, status, undefined])
  assert.deepEqual(Object.keys(result.error).sort(), ['errorCode', 'errorDescription', 'errorMessage'])
  assert.equal(result.error.errorCode, errorCode)
  assert.notEqual(result.error.errorDescription, '')
  assert.notEqual(result.error.errorMessage, '')
}
