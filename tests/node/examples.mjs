// Runs compiled examples one after the other, each with a fresh sign-in. An assertion that does not hold ends the program.

import assert from 'node:assert/strict'
import { Client } from 'tenant-select'

console.assert = assert.ok

const client = new Client()
for (const example of process.argv.slice(2)) {
  const response = await fetch(`${client.baseUrl.replace(/\/$/, '')}/emulator/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ loginId: 'ada@example.com', tenant: 'globex' }),
  })
  const { refreshJwt, sessionJwt } = await response.json()
  globalThis.fixture = { client: new Client(), refreshJwt, sessionJwt }
  await import(example).catch((error) => {
    throw new Error(`${example} failed`, { cause: error })
  })
}
console.log(`${process.argv.length - 2} examples ran`)
