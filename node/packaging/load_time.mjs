// What loading a package costs a process, against a process that loads nothing.

import { spawnSync } from 'node:child_process'

const BEGIN = 'const began = performance.now(); const spent = process.cpuUsage()'
const END = `const { user, system } = process.cpuUsage(spent)
  process.stdout.write(JSON.stringify({ inside: performance.now() - began, cpu: (user + system) / 1000 }))`

const PROGRAMS = {
  require: { options: ['-e'], load: "require('tenant-select')" },
  import: { options: ['--input-type=module', '-e'], load: "await import('tenant-select')" },
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
}

/** Runs a program, bare or with something to load, which both print the same. */
function run(options, cwd, load = '') {
  const began = performance.now()
  const { stdout } = spawnSync(process.execPath, [...options, `${BEGIN}\n${load}\n${END}`], { cwd, encoding: 'utf8' })
  return { whole: performance.now() - began, ...JSON.parse(stdout) }
}

/**
 * Loads the package that is installed in a folder in as many processes; gives medians in milliseconds: `inside`, what the
 * process itself measured, `cpu`, what of it was work, and `whole`, the difference to a bare process that ran beside it.
 * Other work on the machine adds to all three, least to `cpu`.
 */
export function loadTimes(folder, processes) {
  const times = Object.entries(PROGRAMS).map(([way, { options, load }]) => {
    const rounds = Array.from({ length: processes }, () => [run(options, folder), run(options, folder, load)])
    const of = (measure) => median(rounds.map(([bare, loaded]) => measure(loaded, bare)))
    const inside = of((loaded) => loaded.inside)
    const cpu = of((loaded) => loaded.cpu)
    const whole = of((loaded, bare) => loaded.whole - bare.whole)
    return [way, { inside, cpu, whole }]
  })
  return Object.fromEntries(times)
}
