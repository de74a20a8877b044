// Applications that are bundled as the README says, and run.

import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import webpack from 'webpack'
import { run } from './child.mjs'
import { repository } from './emulator.mjs'

const { build } = createRequire(`${repository}node/build.mjs`)('esbuild')
// Below node_modules, where the package is found and nothing is committed.
const folder = fileURLToPath(new URL('node_modules/.bundlers', import.meta.url))

const APPLICATION = `
  import { Client } from 'tenant-select'
  import { RequestAuthenticator } from 'tenant-select'
  import * as express from 'tenant-select/express'
  import * as fastify from 'tenant-select/fastify'
  import { startEmulator } from 'tenant-select/testing'
  import { respond } from 'tenant-select/web'

  export async function main() {
    const emulator = await startEmulator()
    await emulator.addUser({ loginId: 'ada@example.com', tenants: { acme: { roles: ['editor'] } } })
    const { refreshJwt } = await emulator.signIn('ada@example.com')
    const { session } = await emulator.client().selectTenant('acme', refreshJwt)
    console.log(session.activeTenant.roles.join(), emulator.client() instanceof Client)
    const authenticator = new RequestAuthenticator(emulator.client())
    const request = new Request('https://app.example/', { headers: { cookie: 'DSR=' + refreshJwt } })
    const response = await respond(authenticator, request, async (context) => {
      const { session } = await context.authenticate()
      return new Response(session.activeTenant.tenantId)
    })
    console.log(await response.text(), response.headers.getSetCookie().length)
    console.log(typeof express.tenantSelect(authenticator), typeof fastify.tenantSelect)
    await emulator.stop()
  }
  main()`

/** Writes the application into a folder of its own; returns the file, and where the bundle is to be. */
function application(name) {
  const directory = join(folder, name)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const entry = join(directory, 'application.js')
  writeFileSync(entry, APPLICATION)
  return { entry, directory }
}

async function runs(file) {
  const { code, stdout, stderr } = await run(file)
  assert.deepEqual(
    { code, stdout, stderr },
    { code: 0, stdout: 'editor true\nacme 2\nfunction function\n', stderr: '' },
  )
}

suite('bundlers', () => {
  for (const [format, options] of [
    ['cjs', { external: ['tenant-select'] }],
    ['esm', { external: ['tenant-select'] }],
    ['esm', { packages: 'external' }],
  ]) {
    test(`esbuild, to ${format}, with ${Object.keys(options)}`, async () => {
      const { entry, directory } = application(`esbuild-${format}-${Object.keys(options)}`)
      const outfile = join(directory, `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`)
      await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format, ...options })
      await runs(outfile)
    })
  }

  for (const [format, type, output] of [
    ['cjs', 'commonjs', {}],
    ['mjs', 'module', { module: true }],
  ]) {
    test(`webpack, to ${type}`, async () => {
      const { entry, directory } = application(`webpack-${type}`)
      const externals = Object.fromEntries(
        ['', '/express', '/fastify', '/testing', '/web']
          .map((path) => `tenant-select${path}`)
          .map((name) => [name, `${type} ${name}`]),
      )
      const stats = await promisify(webpack)({
        mode: 'production',
        target: 'node',
        entry,
        externals,
        experiments: { outputModule: output.module ?? false },
        output: { ...output, path: directory, filename: `bundle.${format}` },
      })
      assert.deepEqual([stats.compilation.errors, stats.compilation.warnings], [[], []])
      await runs(join(directory, `bundle.${format}`))
    })
  }
})
