// How the addon is found, and what a person reads when it is not.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { addonManifest, addonPackage, mainManifest, platforms, thisPlatform } from '../../node/packaging/packages.mjs'
import { repository } from './emulator.mjs'

const built = `${repository}node/tenant-select.node`

/** A project with the package, but without the file of the local build. */
function project(t) {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-select-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const main = join(folder, 'node_modules/tenant-select')
  cpSync(`${repository}node/dist`, join(main, 'dist'), { recursive: true })
  cpSync(`${repository}node/package.json`, join(main, 'package.json'))
  return {
    main,
    /** Puts a platform package beside it whose addon is this file, or has this text. */
    addPlatform(name, { file, text }) {
      const directory = join(folder, 'node_modules', name)
      mkdirSync(directory)
      writeFileSync(join(directory, 'package.json'), JSON.stringify({ name, main: 'tenant-select.node' }))
      if (file) symlinkSync(file, join(directory, 'tenant-select.node'))
      else writeFileSync(join(directory, 'tenant-select.node'), text)
    },
    /** What loading gives: the name of a class, or the error's message and its cause's. */
    load(platform = process.platform, arch = process.arch, options = []) {
      const script = `
        Object.defineProperty(process, 'platform', { value: '${platform}' })
        Object.defineProperty(process, 'arch', { value: '${arch}' })
        try { console.log(require('tenant-select').Client.name) }
        catch (error) { console.log(error.message); console.log('cause:', error.cause.message) }`
      return spawnSync(process.execPath, [...options, '-e', script], { cwd: folder, encoding: 'utf8' }).stdout
    },
  }
}

const here = addonPackage(thisPlatform())

suite('loading', () => {
  test('the package of the platform is used', (t) => {
    const { addPlatform, load } = project(t)
    addPlatform(here, { file: built })
    assert.equal(load(), 'Client\n')
  })

  test('a missing package is named, with the remedy', (t) => {
    const said = project(t).load()
    assert.ok(said.includes(`${here}`) && said.includes('is not installed'), said)
    assert.match(said, /--omit=optional/)
    assert.match(said, /package-lock\.json was written on another operating system/)
    assert.match(said, /cause: Cannot find module/)
  })

  test('an addon that does not load is shown with what the system says', (t) => {
    const { addPlatform, load } = project(t)
    addPlatform(here, { text: 'no shared object' })
    const said = load()
    assert.ok(said.startsWith(`tenant-select cannot load its native addon: ${here}: `), said)
    assert.match(said, /does not fit this system/)
    assert.match(said, /cause: .*tenant-select\.node/)
  })

  test('the error names a process that may not load addons', {
    skip: !process.allowedNodeEnvironmentFlags?.has('--no-addons'),
  }, (t) => {
    const { addPlatform, load } = project(t)
    addPlatform(here, { file: built })
    assert.match(load(undefined, undefined, ['--no-addons']), /native addon: this process loads none: .*--no-addons/)
  })

  test('where there are two C libraries, the one that loads is used', { skip: process.platform !== 'linux' }, (t) => {
    const { addPlatform, load } = project(t)
    addPlatform(`tenant-select-linux-${process.arch}-gnu`, { text: 'of the other one' })
    addPlatform(`tenant-select-linux-${process.arch}-musl`, { file: built })
    assert.equal(load(), 'Client\n')
  })

  test('an addon of another version is refused', (t) => {
    const { main, addPlatform, load } = project(t)
    addPlatform(here, { file: built })
    const { version } = JSON.parse(readFileSync(join(main, 'package.json'), 'utf8'))
    const code = readFileSync(join(main, 'dist/index.js'), 'utf8')
    writeFileSync(join(main, 'dist/index.js'), code.replaceAll(`"${version}"`, '"99.0.0"'))
    assert.ok(load().includes(`${here} is of version ${version}, and tenant-select of 99.0.0`))
  })

  test('the error names a platform without a package', (t) => {
    const { load } = project(t)
    assert.match(load('freebsd'), /there is none for freebsd-.*linux-x64, linux-arm64, darwin-x64/)
    assert.match(load('linux', '__proto__'), /there is none for linux-__proto__/)
  })

  test('the table, the manifests and the static requires are the same', () => {
    const source = readFileSync(`${repository}node/lib/native/loading.ts`, 'utf8')
    const required = [...source.matchAll(/require\('(tenant-select-[\w-]+)'\)/g)].map(([, name]) => name)
    assert.deepEqual(required, Object.keys(platforms).map(addonPackage))
    const { version, optionalDependencies, scripts, devDependencies } = mainManifest
    assert.deepEqual({ scripts, devDependencies }, { scripts: undefined, devDependencies: undefined })
    assert.deepEqual(optionalDependencies, Object.fromEntries(required.map((name) => [name, version])))
    for (const [name, { os, cpu, libc }] of Object.entries(platforms)) {
      const manifest = addonManifest(name)
      const selected = { name: manifest.name, os: manifest.os, cpu: manifest.cpu, libc: manifest.libc }
      assert.deepEqual(selected, { name: addonPackage(name), os: [os], cpu: [cpu], libc: libc && [libc] })
      assert.equal(manifest.version, version)
      assert.equal(manifest.scripts, undefined)
    }
  })
})
