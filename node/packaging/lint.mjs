// Runs publint and are-the-types-wrong on the main package as npm would publish it.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packMain } from './packages.mjs'

const tool = (name, ...args) => {
  const program = fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url))
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', shell: process.platform === 'win32' })
  if (status === 0) return
  process.stderr.write(`${stdout}${stderr}`)
  process.exitCode = 1
}

const folder = mkdtempSync(join(tmpdir(), 'tenant-select-lint-'))
try {
  const tarball = await packMain(folder)
  tool('publint', 'run', tarball, '--strict')
  tool('attw', tarball)
} finally {
  rmSync(folder, { recursive: true })
}
