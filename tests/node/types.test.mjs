// Users' code compiles against the declarations, in both ways of resolving modules.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { repository } from './emulator.mjs'

const tsc = `${repository}node/node_modules/typescript/bin/tsc`
const project = fileURLToPath(new URL('types', import.meta.url))

/** The programs of the README files that a user copies first, as they are printed. */
function quickstarts() {
  const [, ofRepository] = readFileSync(`${repository}README.md`, 'utf8').match(
    /<!-- quickstart: node -->\n```js\n(.*?)```/s,
  )
  const [, ofPackage] = readFileSync(`${repository}node/README.md`, 'utf8').match(/```js\n(.*?)```/s)
  return { ofRepository, ofPackage }
}

suite('types', () => {
  for (const [name, program] of Object.entries(quickstarts())) {
    test(`the quickstart compiles as it is printed (${name})`, (t) => {
      // Beside the others, where the packages are found.
      const folder = mkdtempSync(`${project}/quickstart-`)
      t.after(() => rmSync(folder, { recursive: true }))
      writeFileSync(`${folder}/quickstart.mts`, program)
      const config = { extends: '../tsconfig.json', include: ['quickstart.mts'] }
      writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config))
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
      assert.equal(stdout, '')
      assert.equal(status, 0)
    })
  }

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
