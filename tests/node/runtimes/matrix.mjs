// Runs the suite on other versions of Node, on Bun and on Deno. What is not here, or does not apply, is said and not counted.
//
//   node runtimes/matrix.mjs [NAME…]

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const suite = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const files = readdirSync(suite).filter((name) => name.endsWith('.test.mjs'))

/** They hold sources against compilers and bundlers: nothing there is the runtime's doing. */
const ABOUT_SOURCES = ['bundlers.test.mjs', 'examples.test.mjs', 'types.test.mjs']

const NODE = { program: 'bin/node', args: ['--test', '--test-reporter=tap'], counts: tap }

const RUNTIMES = {
  // The oldest that package.json admits.
  'node-20-oldest': NODE,
  'node-20': NODE,
  'node-22': NODE,
  'node-24': NODE,
  'node-26': NODE,
  bun: {
    from: '@oven/bun-linux-x64',
    program: 'bin/bun',
    args: ['test', '--timeout', '300000'],
    except: ABOUT_SOURCES,
    counts: bun,
  },
  deno: {
    from: '@deno/linux-x64-glibc',
    program: 'deno',
    args: ['test', '--allow-all', '--no-check', '--quiet', '--v8-flags=--expose-gc'],
    except: [...ABOUT_SOURCES, 'recipes.test.mjs'],
    // Starting a worker thread takes seconds here.
    env: { WORKERS: '10' },
    counts: deno,
  },
}

function tap(said) {
  const count = (name) => Number(said.match(new RegExp(`^# ${name} (\\d+)$`, 'm'))?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail') + count('cancelled'), skipped: count('skipped') }
}

function bun(said) {
  const count = (name) => Number(said.match(new RegExp(`^ *(\\d+) ${name}$`, 'm'))?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail') + count('error'), skipped: count('skip') }
}

function deno(said) {
  // Suites are its tests, and our tests its steps.
  const [, ...counts] =
    said.match(/passed(?: \((\d+) steps?\))? \| (\d+) failed(?: \((\d+) steps?\))?(?:.*ignored \((\d+) steps?\))?/) ??
    []
  const [passed, suites, failed, skipped] = counts.map((count) => Number(count ?? 0))
  return { passed: passed ?? 0, failed: Math.max(suites ?? 0, failed ?? 0), skipped: skipped ?? 0 }
}

/** The program of a runtime, if this platform has one here. */
function programOf(name, { from = name, program }) {
  try {
    const manifest = require.resolve(`${from}/package.json`)
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
    return { path: join(dirname(manifest), program), version }
  } catch {
    return undefined
  }
}

function run(name, runtime) {
  const program = programOf(name, runtime)
  if (program === undefined) return { name, verdict: 'absent on this machine' }
  const { args, except = [], counts } = runtime
  const chosen = files.filter((file) => !except.includes(file)).map((file) => `./${file}`)
  const env = { NO_COLOR: '1', ...runtime.env, ...process.env }
  const { status, stdout, stderr } = spawnSync(program.path, [...args, ...chosen], {
    cwd: suite,
    env,
    encoding: 'utf8',
  })
  const { passed, failed, skipped } = counts(`${stdout}\n${stderr}`)
  const good = status === 0 && failed === 0 && passed > 0
  if (!good) process.stderr.write(`${stdout}\n${stderr}`)
  const notes = except.map((file) => `without ${file}`)
  const verdict = `${good ? 'passed' : 'FAILED'}: ${passed} tests, ${failed} failed, ${skipped} skipped`
  return { name, version: program.version, verdict: [verdict, ...notes].join('; '), failed: !good }
}

const wanted = process.argv.slice(2)
const results = []
for (const [name, runtime] of Object.entries(RUNTIMES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const result = run(name, runtime)
  results.push(result)
  console.log(`${name} ${result.version ?? ''} ${result.verdict}`)
}
if (results.some(({ failed }) => failed)) process.exit(1)
