// A program whose worker threads use the package in one of several ways.

import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const mode = process.argv[2]
const count = Number(process.env.WORKERS)

/** The modes whose workers are ended from outside. */
const ENDED = ['terminated', 'retrying']

/** What each worker has under way when it is terminated, where, and how many workers are terminated together. */
const CALLS = 4
const PATH = '/v1/auth/me/history'
const BATCH = 10

async function inWorker() {
  const { Client } = await import('tenant-select')
  const client = new Client({ retries: 0, headers: { 'x-worker': String(workerData.number) } })
  const { REFRESH_JWT: refreshJwt, SESSION_JWT: sessionJwt } = process.env
  const { userId } = await client.me(refreshJwt)
  await client.validateSession(sessionJwt)
  if (workerData.mode === 'terminated' || workerData.mode === 'exiting') {
    for (let call = 0; call < CALLS; call += 1) client.history(refreshJwt, { timeoutMs: 60_000 }).catch(() => {})
  }
  if (workerData.mode === 'retrying') {
    subscribe('tenant-select:request:retry', () => parentPort.postMessage(userId))
    await client.myTenants(refreshJwt, { retries: 10, timeoutMs: 60_000 })
  }
  parentPort.postMessage(userId)
  if (workerData.mode === 'exiting') process.exit(0)
}

/** Starts a worker, and waits until it has said something or has ended. */
async function started(number) {
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: { mode, number } })
  const gone = once(thread, 'exit')
  const [userId] = await Promise.race([once(thread, 'message'), gone.then(([code]) => [`exit ${code}`])])
  return { number, thread, gone, userId }
}

/** Ends a worker, if its mode wants that; returns what it said, and whether it ended as it should. */
async function ended({ thread, gone, userId }) {
  if (ENDED.includes(mode)) await thread.terminate()
  const [code] = await gone
  return { userId, code }
}

/** The emulator's journal, without the testing kit, which would load the addon in this thread too. */
async function journal(method, query = {}) {
  const search = new URLSearchParams(query)
  const response = await fetch(`${process.env.DESCOPE_BASE_URL}/emulator/requests?${search}`, {
    method,
    headers: { 'content-type': 'application/json' },
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${search}: ${text.slice(0, 200)}`)
  return text === '' ? [] : JSON.parse(text)
}

/** Waits until so many events are in the journal. */
const waitFor = (event, query) => journal('GET', { waitFor: event, timeoutMs: 30_000, ...query })

/**
 * Terminates some workers once all their calls have arrived, and waits until the connections of those are gone; tells of each
 * worker how many calls arrived before, and how many of their connections went during the request.
 */
async function terminateAll(workers) {
  const sent = await waitFor('request', { path: PATH, count: workers.length * CALLS })
  const callsOf = ({ number }) =>
    sent.filter(({ path, headers }) => path === PATH && headers['x-worker'] === String(number))
  const connections = workers.flatMap(callsOf).map(({ connection }) => connection)
  const ends = await Promise.all(workers.map(ended))
  let left = []
  // Connections of others may go meanwhile.
  while (!connections.every((one) => left.some(({ connection }) => connection === one))) {
    const entries = await waitFor('disconnect', { count: left.length + 1 })
    left = entries.filter(({ event }) => event === 'disconnect')
  }
  const during = new Set(left.filter(({ duringRequest }) => duringRequest).map(({ connection }) => connection))
  return workers.map((worker, index) => {
    const calls = callsOf(worker)
    const cut = calls.filter(({ connection }) => during.has(connection))
    return { ...ends[index], arrived: calls.length, cut: cut.length }
  })
}

/** All workers in batches, each beginning with an empty journal: a thousand of them would not fit in one. */
async function terminatedInBatches() {
  const results = []
  while (results.length < count) {
    await journal('DELETE')
    const size = Math.min(BATCH, count - results.length)
    const batch = Array.from({ length: size }, (_, index) => started(results.length + index))
    results.push(...(await terminateAll(await Promise.all(batch))))
  }
  return results
}

async function successively() {
  const results = []
  for (let number = 0; number < count; number += 1) results.push(await ended(await started(number)))
  return results
}

async function inParallel() {
  const numbers = Array.from({ length: 16 }, (_, number) => number)
  return Promise.all(numbers.map(async (number) => ended(await started(number))))
}

const MODES = { parallel: inParallel, terminated: terminatedInBatches }

async function inMain() {
  console.log(JSON.stringify(await (MODES[mode] ?? successively)()))
}

await (isMainThread ? inMain() : inWorker())
