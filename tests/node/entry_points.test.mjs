// Both entry points of the package export the same things, and nothing else of the package can be imported.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { suite, test } from 'node:test'
import * as viaImport from 'tenant-select'
import * as testingViaImport from 'tenant-select/testing'
import { run } from './child.mjs'
import { emulatorWithUser } from './emulator.mjs'

const require = createRequire(import.meta.url)

/** What Node says of a path that a package does not export, and what other runtimes do. */
const REFUSALS = ['ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_MODULE_NOT_FOUND']

suite('entry points', () => {
  test('import and require give the same classes', () => {
    assert.deepEqual({ ...viaImport }, { ...require('tenant-select') })
    assert.deepEqual({ ...testingViaImport }, { ...require('tenant-select/testing') })
    assert.ok(Object.keys(viaImport).length > 25)
  })

  test('an error made on one side is an instance on the other', () => {
    const { TenantSelectError } = require('tenant-select')
    assert.ok(new viaImport.NotFoundError('x') instanceof TenantSelectError)
  })

  test('the testing kit makes clients of the same class', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    assert.ok(emulator.client() instanceof viaImport.Client)
    await assert.rejects(emulator.client().selectTenant('nowhere', refreshJwt), viaImport.PermissionDeniedError)
  })

  test('the main entry point loads one file of code', async () => {
    const program = `
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      require('tenant-select')
      console.log(JSON.stringify(Object.keys(require.cache)))`
    const loaded = JSON.parse((await run(program)).stdout)
    assert.deepEqual(loaded.map((file) => basename(file)).sort(), ['index.js', 'tenant-select.node'])
  })

  test('nothing else can be imported', async () => {
    for (const inner of ['tenant-select/dist/native.js', 'tenant-select/native', 'tenant-select/lib/index.ts']) {
      await assert.rejects(import(inner), (error) => REFUSALS.includes(error.code))
    }
    assert.equal(require('tenant-select/package.json').name, 'tenant-select')
  })
})
