// Selects a tenant with each token of the file descriptor TOKENS, or only reads them (`control`), and waits.

import { readFileSync, writeSync } from 'node:fs'
import { Client } from '../../../node/dist/index.mjs'

async function select() {
  const client = new Client()
  let selected = 0
  for (const token of readFileSync(Number(process.env.TOKENS), 'ascii').trim().split('\n')) {
    if (process.argv[2] === 'memory') selected += (await client.selectTenant('globex', token)).session ? 1 : 0
  }
  client.close()
  return selected
}

const selected = await select()
// What was freed on the heap of JavaScript is moved together, and finalizers run between two turns of the event loop.
for (let round = 0; round < 3; round++) {
  globalThis.gc()
  await new Promise((resolve) => setImmediate(resolve))
}
writeSync(Number(process.env.RESULTS), `${JSON.stringify({ selected })}\n`)
process.stdin.once('data', () => process.exit())
