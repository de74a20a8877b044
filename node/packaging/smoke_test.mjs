// Installs packed packages into an empty project and uses them there: as ES module, CommonJS and TypeScript, bundled, and
// without their addon.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { loadTimes } from './load_time.mjs'
import { LICENCES, NOTICES, npm } from './pack.mjs'
import { addonManifest, addonPackage, mainManifest, platforms, thisPlatform } from './packages.mjs'
import { npmEnvironment, serveRegistry } from './registry.mjs'
import { checkPaths } from './release.mjs'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
/** The limit of the installed size of both packages, in bytes. */
export const LARGEST = 8_000_000
const PROCESSES = 31
const ADDON = addonPackage(thisPlatform())

/** Switches a tenant against a local emulator and prints the user and the roles. */
const switching = `
  const emulator = await startEmulator()
  await emulator.addUser({ loginId: 'ada@example.com', userId: 'U2ada', tenants: { acme: { roles: ['editor'] } } })
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  const { session } = await emulator.client().selectTenant('acme', refreshJwt)
  console.log(session?.userId, session?.activeTenant?.roles.join())
  if (!(emulator.client() instanceof Client)) throw new Error('two copies of Client')
  await emulator.stop()`
const SWITCHED = 'U2ada editor'

const ESM = `import { Client } from 'tenant-select'
  import { startEmulator } from 'tenant-select/testing'
  ${switching}`
const COMMONJS = `const { Client } = require('tenant-select')
  const { startEmulator } = require('tenant-select/testing')
  module.exports = (async () => { ${switching} })()`

/** An empty project, with functions to work in it. */
class Project {
  folder = mkdtempSync(join(tmpdir(), 'tenant-select-smoke-test-'))
  modules = join(this.folder, 'node_modules')

  write(name, text) {
    writeFileSync(join(this.folder, name), text)
    return join(this.folder, name)
  }

  /** Runs Node and returns its output; it must succeed and print nothing to standard error. */
  node(...args) {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: this.folder, encoding: 'utf8' })
    assert.equal(stderr, '')
    assert.equal(status, 0)
    return stdout.trim()
  }

  manifestOf(name) {
    return JSON.parse(readFileSync(join(this.modules, name, 'package.json'), 'utf8'))
  }

  /** The files of both packages, without npm's own files. */
  files() {
    return ['tenant-select', ADDON].flatMap((name) =>
      readdirSync(join(this.modules, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
    )
  }
}

/**
 * Installs the main package by its name. npm must choose the addon of this platform, fetch no other, and run nothing.
 */
async function install(project, [main, addon]) {
  const registry = await serveRegistry([
    { manifest: mainManifest, tarball: main },
    ...Object.keys(platforms).map((name) => ({
      manifest: addonManifest(name),
      ...(name === thisPlatform() ? { tarball: addon } : {}),
    })),
  ])
  const own = mkdtempSync(join(tmpdir(), 'tenant-select-npm-'))
  try {
    project.write('package.json', JSON.stringify({ name: 'empty', private: true }))
    await npm(['install', 'tenant-select'], { cwd: project.folder, env: await npmEnvironment(registry, own) })
  } finally {
    registry.close()
    rmSync(own, { recursive: true })
  }
  assert.deepEqual(registry.fetched.sort(), [main, addon].map((tarball) => basename(tarball)).sort())
  const names = readdirSync(project.modules).filter((name) => !name.startsWith('.'))
  assert.deepEqual(names.sort(), ['tenant-select', ADDON].sort())
  for (const [name, manifest] of [
    ['tenant-select', mainManifest],
    [ADDON, addonManifest(thisPlatform())],
  ]) {
    const installed = project.manifestOf(name)
    assert.deepEqual(installed, { ...manifest, files: [...manifest.files, ...LICENCES, ...NOTICES] })
    assert.deepEqual([installed.scripts, installed.dependencies], [undefined, undefined])
    const files = readdirSync(join(project.modules, name))
    for (const file of [...LICENCES, ...NOTICES, 'README.md']) assert.ok(files.includes(file), `${name} has no ${file}`)
  }
}

function usedFromEveryModuleSystem(project) {
  project.write('esm.mjs', ESM)
  project.write('commonjs.cjs', COMMONJS)
  assert.equal(project.node('esm.mjs'), SWITCHED)
  assert.equal(project.node('commonjs.cjs'), SWITCHED)
}

function compiledFromTypeScript(project) {
  const tsc = join(PACKAGE, 'node_modules/typescript/bin/tsc')
  const common = { target: 'es2022', lib: ['es2023', 'esnext.disposable'], types: ['node'], strict: true }
  const typeRoots = [join(PACKAGE, 'node_modules/@types')]
  for (const [name, resolution, extension] of [
    ['node16', { module: 'node16', moduleResolution: 'node16' }, 'mts'],
    ['node16-cjs', { module: 'node16', moduleResolution: 'node16' }, 'cts'],
    ['bundler', { module: 'esnext', moduleResolution: 'bundler' }, 'mts'],
  ]) {
    const source = `import { Client, type Session } from 'tenant-select'
      import { startEmulator } from 'tenant-select/testing'
      export const run = async (): Promise<void> => { ${switching}
        const found: Session | undefined = session
        if (found === undefined) throw new Error('no session') }
      run()`
    project.write(`${name}.${extension}`, source)
    const compilerOptions = { ...common, ...resolution, typeRoots, skipLibCheck: false }
    const config = project.write(
      `tsconfig.${name}.json`,
      JSON.stringify({ compilerOptions, files: [`${name}.${extension}`] }),
    )
    assert.equal(project.node(tsc, '-p', config), '')
    assert.equal(project.node(`${name}.${extension.replace('t', 'j')}`), SWITCHED)
  }
}

/** Bundles as the README describes. */
async function bundled(project) {
  const common = { absWorkingDir: project.folder, bundle: true, platform: 'node', logLevel: 'silent' }
  for (const [format, entry] of [
    ['esm', 'esm.mjs'],
    ['cjs', 'commonjs.cjs'],
  ]) {
    const outfile = join(project.folder, `bundled-${entry}`)
    await build({ ...common, format, entryPoints: [entry], outfile, external: ['tenant-select'] })
    assert.equal(project.node(outfile), SWITCHED)
  }
}

function errorsBeginAtTheirCaller(project) {
  project.write(
    'failing.mjs',
    `import { Client, InvalidInputError } from 'tenant-select'
    const theCaller = async () => { await new Client({ projectId: 'P1' }).me(7) }
    const error = await theCaller().catch((caught) => caught)
    const [, first] = error.stack.split('\\n')
    console.log(error instanceof InvalidInputError, /theCaller .*failing\\.mjs:2:/.test(first))`,
  )
  assert.equal(project.node('failing.mjs'), 'true true')
}

function toldWhenTheAddonIsMissing(project) {
  const away = join(project.folder, 'away')
  renameSync(join(project.modules, ADDON), away)
  try {
    for (const load of ["import('tenant-select')", "(async () => require('tenant-select'))()"]) {
      const said = project.node('-e', `${load}.catch(({ message, cause }) => console.log(message, cause.code))`)
      assert.match(said, /^tenant-select cannot load its native addon: .* is not installed.* MODULE_NOT_FOUND$/)
      assert.ok(said.includes(ADDON))
    }
  } finally {
    renameSync(away, join(project.modules, ADDON))
  }
}

/** The release has no function of the test build, and no path of the machine that built it. */
function containsNothingOfTheBuild(project) {
  const addon = JSON.parse(project.node('-p', `JSON.stringify(Object.keys(require('${ADDON}')))`))
  assert.ok(addon.includes('createClient'))
  assert.deepEqual(
    addon.filter((name) => /panic/i.test(name)),
    [],
  )
  for (const file of project.files()) checkPaths(file, readFileSync(file))
}

/** Tests the main package and this platform's addon from these tarballs, and prints their size and load time. */
export async function smokeTest(tarballs) {
  const project = new Project()
  try {
    await install(
      project,
      tarballs.map((tarball) => resolve(tarball)),
    )
    usedFromEveryModuleSystem(project)
    compiledFromTypeScript(project)
    await bundled(project)
    errorsBeginAtTheirCaller(project)
    toldWhenTheAddonIsMissing(project)
    containsNothingOfTheBuild(project)
    console.log('installed in an empty project and used as ESM, CommonJS, TypeScript (node16, bundler) and bundled')
    const bytes = project.files().reduce((sum, file) => sum + statSync(file).size, 0)
    console.log(`installed size ${(bytes / 1e6).toFixed(2)} MB (at most ${LARGEST / 1e6})`)
    assert.ok(bytes <= LARGEST, 'the packages grew')
    for (const [way, { inside, cpu, whole }] of Object.entries(loadTimes(project.folder, PROCESSES))) {
      const own = `${inside.toFixed(1)} ms, ${cpu.toFixed(1)} ms of them CPU`
      console.log(
        `loaded by ${way} in ${own}; the whole process takes ${whole.toFixed(1)} ms more than with an empty package`,
      )
    }
    console.log(`(aim 10 ms; medians of ${PROCESSES} processes)`)
  } finally {
    rmSync(project.folder, { recursive: true })
  }
}
