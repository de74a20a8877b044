// The closed loop of every Node driver: workers call, wait for the result, and call again; calls that end inside the window
// count. The same as `src/load.rs`.

import { setTimeout } from 'node:timers/promises'

/** What to do, from standard input. */
export async function readPlan() {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
  return JSON.parse(text)
}

/** The one line that a driver prints. */
export function report(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

/** The load made by pending calls; `call` gets a refresh token of its own for each of them. */
export async function load(plan, call, library) {
  let open = false
  let over = false
  const latencies = []

  async function work(token) {
    let requests = 0
    while (!over) {
      const started = performance.now()
      await call(token)
      const took = performance.now() - started
      requests += 1
      if (open) latencies.push(Math.round(took * 1e6))
    }
    return requests
  }

  const workers = Promise.all(plan.fixture.refreshJwts.slice(0, plan.pending).map(work))
  const window = (async () => {
    await setTimeout(plan.warmUpSeconds * 1000)
    const [began, cpuBefore] = [performance.now(), process.cpuUsage()]
    open = true
    await setTimeout(plan.seconds * 1000)
    open = false
    const { user, system } = process.cpuUsage(cpuBefore)
    const seconds = (performance.now() - began) / 1000
    over = true
    return { seconds, cpuSeconds: (user + system) / 1e6 }
  })()
  const [requests, used] = await Promise.all([workers, window])
  const sum = requests.reduce((total, made) => total + made, 0)
  const runtime = `Node ${process.versions.node}${library === undefined ? '' : ` with ${library}`}`
  return { runtime, requests: sum, ...used, latencies }
}

/** How often an operation is repeated between two looks at the clock. */
export const BATCH = 128

/**
 * Operations repeated in batches, each in turn, so that all of them meet the same weather: nanoseconds per operation, one
 * figure per batch.
 */
export async function repeat(plan, operations) {
  const from = performance.now() + plan.warmUpSeconds * 1000
  const until = from + plan.seconds * 1000
  const taken = Object.fromEntries(Object.keys(operations).map((name) => [name, []]))
  while (performance.now() < until) {
    for (const [name, batch] of Object.entries(operations)) {
      const started = performance.now()
      const pending = batch()
      if (pending instanceof Promise) await pending
      const took = performance.now() - started
      if (started >= from) taken[name].push((took * 1e6) / BATCH)
    }
  }
  return { operations: taken }
}
