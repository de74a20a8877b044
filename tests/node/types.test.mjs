// Users' code compiles against the declarations, in both ways of resolving modules.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { repository } from './emulator.mjs'

const tsc = `${repository}node/node_modules/typescript/bin/tsc`
const project = fileURLToPath(new URL('types', import.meta.url))

suite('types', () => {
  for (const [resolution, args] of [
    ['node16', []],
    ['nodenext', ['--module', 'nodenext', '--moduleResolution', 'nodenext']],
    ['bundler', ['--module', 'preserve', '--moduleResolution', 'bundler']],
  ]) {
    test(`valid programs compile and invalid ones do not (${resolution})`, () => {
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project, ...args], { encoding: 'utf8' })
      assert.equal(stdout, '')
      assert.equal(status, 0)
    })
  }
})
