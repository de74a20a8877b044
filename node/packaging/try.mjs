// Installs the packed packages into an empty project and uses them there as a user would, offline.
//
//   node packaging/try.mjs MAIN.tgz ADDON.tgz
//
// Prints what it takes on disk and how long loading takes.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addonPackage, platforms, thisPlatform } from './pack.mjs'

const tarballs = process.argv.slice(2).map((file) => resolve(file))
const room = fileURLToPath(new URL('..', import.meta.url))
const repository = resolve(room, '..')
const project = mkdtempSync(join(tmpdir(), 'tenant-select-try-'))
const modules = join(project, 'node_modules')

/** Switches a tenant against a local emulator and says who acts where. */
const switching = `
  const emulator = await startEmulator()
  await emulator.addUser({ loginId: 'ada@example.com', userId: 'U2ada', tenants: { acme: { roles: ['editor'] } } })
  const { refreshJwt } = await emulator.signIn('ada@example.com')
  const { session } = await emulator.client().selectTenant('acme', refreshJwt)
  console.log(session?.userId, session?.activeTenant?.roles.join())
  await emulator.stop()`

function node(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(status, 0)
  return stdout.trim()
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The files of both packages, without what npm keeps beside them. */
function installed() {
  return ['tenant-select', addonPackage(thisPlatform())].flatMap((name) => filesUnder(join(modules, name)))
}

function install() {
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true }))
  const args = ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs]
  execFileSync('npm', args, { cwd: project, stdio: 'inherit' })
  const names = readdirSync(modules).filter((name) => !name.startsWith('.'))
  assert.deepEqual(names.sort(), ['tenant-select', addonPackage(thisPlatform())].sort())
  const { dependencies, optionalDependencies, scripts } = manifestOf('tenant-select')
  assert.equal(dependencies, undefined)
  assert.equal(scripts, undefined)
  assert.deepEqual(Object.keys(optionalDependencies), platforms.map(addonPackage))
}

function manifestOf(name) {
  return JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'))
}

function usedFromEveryModuleSystem() {
  const esm = `import { Client } from 'tenant-select'
    import { startEmulator } from 'tenant-select/testing'
    ${switching}
    if (!(emulator.client() instanceof Client)) throw new Error('two copies of Client')`
  const cjs = `const { Client } = require('tenant-select')
    const { startEmulator } = require('tenant-select/testing')
    module.exports = (async () => { ${switching} })()`
  writeFileSync(join(project, 'esm.mjs'), esm)
  writeFileSync(join(project, 'cjs.cjs'), cjs)
  assert.equal(node('esm.mjs'), 'U2ada editor')
  assert.equal(node('cjs.cjs'), 'U2ada editor')
}

function compiledFromTypeScript() {
  const tsc = join(room, 'node_modules/typescript/bin/tsc')
  const common = { target: 'es2022', lib: ['es2023', 'esnext.disposable'], types: ['node'], strict: true }
  const typeRoots = [join(room, 'node_modules/@types')]
  for (const [name, resolution, extension] of [
    ['node16', { module: 'node16', moduleResolution: 'node16' }, 'mts'],
    ['node16-cjs', { module: 'node16', moduleResolution: 'node16' }, 'cts'],
    ['bundler', { module: 'esnext', moduleResolution: 'bundler' }, 'mts'],
  ]) {
    const source = `import { Client, type Session } from 'tenant-select'
      import { startEmulator } from 'tenant-select/testing'
      export const run = async (): Promise<void> => { ${switching}
        const found: Session | undefined = session
        if (found === undefined || !(emulator.client() instanceof Client)) throw new Error('wrong') }
      run()`
    writeFileSync(join(project, `${name}.${extension}`), source)
    const compilerOptions = { ...common, ...resolution, typeRoots, skipLibCheck: false }
    const config = join(project, `tsconfig.${name}.json`)
    writeFileSync(config, JSON.stringify({ compilerOptions, files: [`${name}.${extension}`] }))
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', config], { cwd: project, encoding: 'utf8' })
    assert.equal(stdout, '')
    assert.equal(status, 0)
    assert.equal(node(`${name}.${extension.replace('t', 'j')}`), 'U2ada editor')
  }
}

function nothingOfTheBuild() {
  const addon = createAddonExports()
  assert.ok(addon.includes('createClient'))
  assert.deepEqual(
    addon.filter((name) => /panic/i.test(name)),
    [],
  )
  const places = [repository, homedir(), process.env.CARGO_HOME].filter((place) => place && place.length > 1)
  for (const file of installed()) {
    const bytes = readFileSync(file)
    for (const place of places) {
      const at = bytes.indexOf(`${place}/`)
      assert.equal(at, -1, `${file} names ${bytes.toString('latin1', at, at + 120)}`)
    }
  }
}

function createAddonExports() {
  return JSON.parse(node('-p', `JSON.stringify(Object.keys(require('${addonPackage(thisPlatform())}')))`))
}

/** What `require` takes in a fresh process, without the start of Node: the least of some runs, as other work only adds to it. */
function loadTime() {
  const script = `
    const cpu = process.cpuUsage()
    const began = performance.now()
    require('tenant-select')
    const { user, system } = process.cpuUsage(cpu)
    JSON.stringify({ wall: performance.now() - began, cpu: (user + system) / 1000 })`
  const runs = Array.from({ length: 15 }, () => JSON.parse(node('-p', script)))
  return { wall: Math.min(...runs.map((run) => run.wall)), cpu: Math.min(...runs.map((run) => run.cpu)) }
}

try {
  install()
  usedFromEveryModuleSystem()
  compiledFromTypeScript()
  nothingOfTheBuild()
  const megabytes = installed().reduce((sum, file) => sum + statSync(file).size, 0) / 1e6
  console.log('installed and used as ESM, CJS and TypeScript (node16, bundler) in an empty project')
  const { wall, cpu } = loadTime()
  console.log(`installed size ${megabytes.toFixed(2)} MB (aim 8)`)
  console.log(`loaded in ${wall.toFixed(1)} ms, ${cpu.toFixed(1)} ms of them CPU (aim 10)`)
} finally {
  rmSync(project, { recursive: true })
}
