// A program whose worker threads use the package in one of several ways.

import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const mode = process.argv[2]
const count = Number(process.env.WORKERS)

/** The modes whose workers are ended from outside. */
const ENDED = ['terminated', 'retrying']

async function inWorker() {
  const { Client } = await import('tenant-select')
  const client = new Client({ retries: 0 })
  const { REFRESH_JWT: refreshJwt, SESSION_JWT: sessionJwt } = process.env
  const { userId } = await client.me(refreshJwt)
  await client.validateSession(sessionJwt)
  if (workerData === 'terminated' || workerData === 'exiting') {
    for (let call = 0; call < 4; call += 1) client.history(refreshJwt, { timeoutMs: 60_000 }).catch(() => {})
  }
  if (workerData === 'retrying') {
    subscribe('tenant-select:request:retry', () => parentPort.postMessage(userId))
    await client.myTenants(refreshJwt, { retries: 10, timeoutMs: 60_000 })
  }
  parentPort.postMessage(userId)
  if (workerData === 'exiting') process.exit(0)
}

/** Starts a worker; gives what it said, and whether it ended as it should. */
async function worker() {
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: mode })
  const gone = once(thread, 'exit')
  const [userId] = await Promise.race([once(thread, 'message'), gone.then(([code]) => [`exit ${code}`])])
  if (ENDED.includes(mode)) await thread.terminate()
  const [code] = await gone
  return { userId, code }
}

async function inMain() {
  const results = []
  if (mode === 'parallel') {
    results.push(...(await Promise.all(Array.from({ length: 16 }, worker))))
  } else {
    for (let round = 0; round < count; round += 1) results.push(await worker())
  }
  const wanted = ENDED.includes(mode) ? 1 : 0
  const wrong = results.filter(({ code }) => code !== wanted)
  if (wrong.length > 0) throw new Error(`ended with ${JSON.stringify(wrong)}`)
  console.log(JSON.stringify({ ended: results.length, users: results.map(({ userId }) => userId) }))
}

await (isMainThread ? inMain() : inWorker())
