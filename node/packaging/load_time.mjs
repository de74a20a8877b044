// Measures the time to load a package, compared with a process that loads an empty package.

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// The first use of either clock takes milliseconds, so both are used once before.
const BEGIN = `performance.now(); process.cpuUsage()
  const began = performance.now(); const spent = process.cpuUsage()`
const END = `const inside = performance.now() - began; const { user, system } = process.cpuUsage(spent)
  process.stdout.write(JSON.stringify({ inside, cpu: (user + system) / 1000 }))`

/** Both load an empty package first, because every program pays for the first use of the loader. */
const PROGRAMS = {
  require: { options: ['-e'], first: "require('empty')", load: "require('tenant-select')" },
  import: {
    options: ['--input-type=module', '-e'],
    first: "await import('empty')",
    load: "await import('tenant-select')",
  },
}

const EMPTY = {
  'package.json': JSON.stringify({ name: 'empty', exports: { import: './index.mjs', require: './index.js' } }),
  'index.mjs': '',
  'index.js': '',
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
}

/** Runs a program, with or without loading the package. */
function run({ options, first }, cwd, load = '') {
  const program = [first, BEGIN, load, END].join('\n')
  const began = performance.now()
  const { stdout } = spawnSync(process.execPath, [...options, program], { cwd, encoding: 'utf8' })
  return { whole: performance.now() - began, ...JSON.parse(stdout) }
}

/**
 * Loads the package that is installed in a folder in a number of processes. Returns medians in milliseconds: `inside`, the time
 * that the process itself measures, `cpu`, its CPU time, and `whole`, the difference to a process that loads only the empty
 * package. Other load on the machine adds to all three, least to `cpu`.
 */
export function loadTimes(folder, processes) {
  const empty = join(folder, 'node_modules', 'empty')
  mkdirSync(empty)
  for (const [name, text] of Object.entries(EMPTY)) writeFileSync(join(empty, name), text)
  const times = Object.entries(PROGRAMS).map(([way, program]) => {
    const round = () => [run(program, folder), run(program, folder, program.load)]
    const rounds = Array.from({ length: processes }, round)
    const of = (measure) => median(rounds.map(([bare, loaded]) => measure(loaded, bare)))
    const inside = of((loaded) => loaded.inside)
    const cpu = of((loaded) => loaded.cpu)
    const whole = of((loaded, bare) => loaded.whole - bare.whole)
    return [way, { inside, cpu, whole }]
  })
  rmSync(empty, { recursive: true })
  return Object.fromEntries(times)
}
