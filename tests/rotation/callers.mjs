// Many callers with one refresh token, against an emulator that rotates it and ends the sign-in when a superseded one comes back.
//
// Run it as `node callers.mjs [NUMBER ...]` with the numbers of callers; README.md says what it asserts. It prints a row for each
// run, and ends with 1 when anything was not as it has to be.

import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
// The package as it stands in this repository; an application imports `tenant-select` and `tenant-select/testing`.
import { AuthenticationError, TenantMismatchError } from '../../node/dist/index.mjs'
import { startEmulator } from '../../node/dist/testing.mjs'

/** Within how many milliseconds the callers begin. */
const SPREAD = 500

/** Within how many milliseconds the service responds: at once in some runs, after a time of its own each in others. */
export const SLOWEST = [0, 200]

const USER = 'ada@example.com'
/** The tenant in which the user begins, and those that are selected. */
const FIRST = 'initech'
const TENANTS = ['acme', 'globex']

/** What callers do, by what they request. */
const CALLS = {
  refresh: (client, token) => client.refreshSession(token),
  acme: (client, token) => client.selectTenant('acme', token),
  globex: (client, token) => client.selectTenant('globex', token),
  me: (client, token) => client.me(token),
  myTenants: (client, token) => client.myTenants(token),
  history: (client, token) => client.history(token),
}

/** What a read has to give. */
const READS = {
  me: (user) => user.loginIds?.includes(USER),
  myTenants: (tenants) => tenants.length === 3 && tenants.every(({ id }) => [FIRST, ...TENANTS].includes(id)),
  history: (entries) => entries.length > 0,
}

/** What the callers do, and what happens in their middle. `exchanges` is how many are allowed, when not one for each change. */
export const SCENARIOS = [
  { name: 'mixed', wanted: mixed },
  { name: 'one switch', wanted: oneSwitch, exchanges: 3 },
  { name: 'keys rotate', wanted: mixed, meanwhile: (_client, _token, emulator) => emulator.rotateKeys() },
  { name: 'signs out', wanted: mixed, meanwhile: (client, token) => client.logout(token), signsOut: true },
]

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function random(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Calls of every kind, in any order. */
function mixed(callers, next) {
  const kinds = Object.keys(CALLS)
  return Array.from({ length: callers }, () => kinds[Math.floor(next() * kinds.length)])
}

/** Calls of every kind, with all selections of one tenant before those of the other. */
function oneSwitch(callers, next) {
  const wanted = mixed(callers, next)
  const selections = wanted.filter((kind) => TENANTS.includes(kind)).sort()
  return wanted.map((kind) => (TENANTS.includes(kind) ? selections.shift() : kind))
}

/** The refresh token of a user of three tenants, which the service replaces with every exchange. */
async function prepare(emulator, slowest) {
  await emulator.reset()
  await emulator.settings({
    refreshRotation: true,
    selectSupersedes: true,
    reuseDetection: true,
    rotationGraceSeconds: 0,
  })
  await emulator.addUser({ loginId: USER, tenants: { [FIRST]: {}, acme: {}, globex: {} } })
  const { refreshJwt } = await emulator.signIn(USER, FIRST)
  await emulator.settings({ delayJitterMs: slowest })
  return refreshJwt
}

/** Lets every caller of a scenario make its call; gives the calls in the order in which they were made, and what became of them. */
async function runAll(scenario, callers, client, token, emulator) {
  const next = random(callers)
  const delays = Array.from({ length: callers }, () => next() * SPREAD).sort((a, b) => a - b)
  const order = []
  const make = async (wanted, delay) => {
    await sleep(delay)
    const call = { wanted, began: performance.now() }
    order.push(call)
    try {
      call.result = await CALLS[wanted](client, token)
    } catch (error) {
      call.error = error
    }
  }
  let ended = Number.POSITIVE_INFINITY
  const middle = async () => {
    await sleep(SPREAD / 2)
    await scenario.meanwhile?.(client, token, emulator)
    ended = performance.now()
  }
  const wanted = scenario.wanted(callers, next)
  await Promise.all([middle(), ...wanted.map((kind, index) => make(kind, delays[index]))])
  return { order, ended }
}

/** How many exchanges may be made: one refresh, and one for each change of the tenant requested. */
function allowedExchanges(scenario, order) {
  if (scenario.exchanges !== undefined) return scenario.exchanges
  const selections = order.map(({ wanted }) => wanted).filter((wanted) => TENANTS.includes(wanted))
  const changes = selections.filter((wanted, index) => wanted !== selections[index - 1]).length
  return changes + Number(order.some(({ wanted }) => wanted === 'refresh'))
}

const tenantOf = (response) => response.session?.activeTenant?.tenantId

/** What is wrong with the end of one call; undefined when nothing is. */
function complaint({ wanted, began, result, error }, { signsOut }, ended) {
  if (signsOut && error instanceof AuthenticationError) return undefined
  if (signsOut && began > ended) return `it began after the sign-out and was not refused: ${error ?? 'it succeeded'}`
  if (error instanceof TenantMismatchError && wanted === 'refresh') {
    const told = error.outcome === 'not_sent' && error.response && TENANTS.includes(tenantOf(error.response))
    return told ? undefined : `a mismatch that does not tell the new tenant: ${error}`
  }
  if (error !== undefined) return String(error)
  if (wanted in READS) return READS[wanted](result) ? undefined : 'another result'
  const tenant = wanted === 'refresh' ? FIRST : wanted
  return tenantOf(result) === tenant ? undefined : `tokens for ${tenantOf(result)}`
}

/**
 * Makes one run against an emulator; gives its counts, and everything that was not as it has to be.
 *
 * @param slowest - within how many milliseconds the service responds
 * @param options - of the client
 */
export async function measure(emulator, scenario, callers, slowest, options = {}) {
  const token = await prepare(emulator, slowest)
  const client = emulator.client(options)
  const start = performance.now()
  const { order, ended } = await runAll(scenario, callers, client, token, emulator)
  const seconds = (performance.now() - start) / 1000
  client.close()
  const { refreshes, selections, revocations, reuses, graceUses } = await emulator.counters()
  const exchanges = refreshes + selections
  const allowed = allowedExchanges(scenario, order)
  const wrong = order.flatMap((call, index) => {
    const what = complaint(call, scenario, ended)
    return what === undefined ? [] : [`call ${index + 1}, ${call.wanted}: ${what}`]
  })
  if (exchanges > allowed) wrong.push(`${exchanges} exchanges, where ${allowed} are allowed`)
  if (revocations > 0) wrong.push(`${revocations} revocations`)
  // After a sign-out the service refuses what it is sent.
  if (graceUses > 0 || (reuses > 0 && !scenario.signsOut))
    wrong.push(`${graceUses + reuses} superseded tokens were sent`)
  const last = order.findLast(({ wanted }) => TENANTS.includes(wanted))?.wanted
  const stands = (await emulator.requests()).findLast(({ refreshToken }) => refreshToken?.issued)?.refreshToken.issued
    .tenant
  if (stands !== (last ?? FIRST) && !scenario.signsOut)
    wrong.push(`${stands} is active, and ${last} was requested last`)
  const good = order.filter(({ error }) => error === undefined).length
  const failed = (type) => order.filter(({ error }) => error instanceof type).length
  const [mismatch, refused] = [failed(TenantMismatchError), failed(AuthenticationError)]
  return { good, mismatch, refused, exchanges, allowed, revocations, seconds, wrong }
}

const HEAD = [
  'scenario',
  'delay ms',
  'callers',
  'good',
  'mismatch',
  'refused',
  'exchanges',
  'allowed',
  'revocations',
  'seconds',
]

function row(cells) {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(12) : String(cell).padStart(HEAD[index].length + 2)))
    .join('')
}

/** Makes every run and prints it; gives everything that was not as it has to be. */
async function measureAll(emulator, numbers) {
  const all = []
  console.log(row(HEAD))
  for (const callers of numbers) {
    for (const scenario of SCENARIOS) {
      for (const slowest of SLOWEST) {
        const { wrong, seconds, ...counts } = await measure(emulator, scenario, callers, slowest)
        console.log(row([scenario.name, slowest, callers, ...Object.values(counts), seconds.toFixed(2)]))
        all.push(...wrong.map((what) => `${scenario.name}, ${callers} callers, ${slowest} ms: ${what}`))
      }
    }
  }
  return all
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const numbers = process.argv.slice(2).map(Number)
  const emulator = await startEmulator()
  const wrong = await measureAll(emulator, numbers.length === 0 ? [25, 100, 1000] : numbers)
  await emulator.stop()
  for (const what of wrong) console.error(what)
  process.exitCode = Number(wrong.length > 0)
}
