// A worker thread is terminated while its exchange is under way; then the main thread makes the same call.

import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { Client } from '../../../node/dist/index.mjs'

const token = process.env.REFRESH_JWTS
const client = new Client()
if (isMainThread) {
  const thread = new Worker(fileURLToPath(import.meta.url))
  await once(thread, 'message')
  // The test writes a line when the request has arrived at the service.
  const input = createInterface({ input: process.stdin })
  await once(input, 'line')
  await thread.terminate()
  const { session } = await client.refreshSession(token)
  console.log(session.activeTenant.tenantId)
  input.close()
} else {
  client.refreshSession(token)
  parentPort.postMessage('called')
}
