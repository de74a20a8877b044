// The closed loop of every Node driver: workers call, wait for the result, and call again. Calls that end inside the window
// count. The same as `src/drivers/load.rs`.

import { setTimeout } from 'node:timers/promises'
import { current, forgetPeak, peak } from './memory.mjs'

/** The plan, from standard input. The memory of the client is counted from here on. */
export async function readPlan() {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
  const plan = JSON.parse(text)
  forgetPeak()
  return { ...plan, before: current() }
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
  const idle = current()

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
    const memory = idle === undefined ? null : { before: plan.before, idle, peak: peak() }
    over = true
    return { seconds, cpuSeconds: (user + system) / 1e6, memory }
  })()
  const [requests, used] = await Promise.all([workers, window])
  const sum = requests.reduce((total, made) => total + made, 0)
  const runtime = `Node ${process.versions.node}${library === undefined ? '' : ` with ${library}`}`
  return { runtime, requests: sum, ...used, latencies }
}
