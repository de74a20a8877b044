// Programs in a process of their own, for what only the end of a process shows.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** Runs a module text, or a file, to its end; `input` is a promise of what it is told. */
export async function run(program, { args = [], env = {}, onLine, input } = {}) {
  const child = spawn(process.execPath, [...entry(program), ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  })
  input?.then((text) => child.stdin.end(text))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
    onLine?.(stdout)
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const [code, signal] = await once(child, 'close')
  return { code, signal, stdout, stderr }
}

/** How the runtime of this suite is told to run a file or a module text. */
function entry(program) {
  const isFile = /\.[cm]js$/.test(program)
  if (process.versions.deno) return isFile ? ['run', '--allow-all', program] : ['eval', program]
  return isFile ? [program] : ['--input-type=module', '--eval', program]
}
