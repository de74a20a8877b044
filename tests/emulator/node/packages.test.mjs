// The packages in an empty project, installed by npm from a registry of their own.
//
// EMULATOR_PACKAGES names the folder with the tarballs to try; without it they are packed from the debug binary.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { NOTICES, npm } from '../../../node/packaging/pack.mjs'
import { currentPlatform, platforms } from '../../../node/packaging/platform.js'
import { npmEnvironment, serveRegistry } from '../../../node/packaging/registry.mjs'
import { mainManifest, NAME, packMain, packPlatform, platformManifest, programOf, VERSION } from './packages.mjs'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const platform = currentPlatform()
const PLATFORM_PACKAGE = `${NAME}-${platform}`
const debugProgram = process.env.TENANT_SELECT_EMULATOR ?? join(ROOT, 'target/debug', programOf(platforms[platform]))

let folder
let tarballs
let project
let registry
let environment
let launcher

before(async () => {
  folder = await mkdtemp(join(tmpdir(), `${NAME}-project-`))
  tarballs = process.env.EMULATOR_PACKAGES ?? join(folder, 'tarballs')
  if (process.env.EMULATOR_PACKAGES === undefined) {
    await packMain(tarballs)
    await packPlatform(platform, debugProgram, tarballs)
  }
  registry = await serveRegistry([
    { manifest: mainManifest, tarball: join(tarballs, `${NAME}-${VERSION}.tgz`) },
    ...Object.keys(platforms).map((name) => ({
      manifest: platformManifest(name),
      ...(name === platform ? { tarball: join(tarballs, `${PLATFORM_PACKAGE}-${VERSION}.tgz`) } : {}),
    })),
  ])
  project = join(folder, 'project')
  await mkdir(project)
  await writeFile(join(project, 'package.json'), '{"name": "project", "private": true}')
  environment = await npmEnvironment(registry, folder)
  await npm(['install', NAME], { cwd: project, env: environment })
  launcher = join(project, 'node_modules', NAME, 'bin.js')
})

after(async () => {
  registry?.close()
  await rm(folder, { recursive: true, force: true })
})

const node = (...args) => promisify(execFile)(process.execPath, args, { cwd: project })
const failed = (run) =>
  run.then(
    () => assert.fail('it did not fail'),
    (error) => error,
  )

/** The launcher with a running emulator behind it, and the emulator's URL. */
async function started(...args) {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, url: JSON.parse(line).url, exited: once(child, 'exit') }
}

async function post(url, body, bearer) {
  const authorization = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
  const headers = { 'content-type': 'application/json', ...authorization }
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers })
  assert.equal(response.status, 200)
  return response.json()
}

test('npm installs the program of this platform and no other', async () => {
  assert.deepEqual(registry.fetched.toSorted(), [`${NAME}-${VERSION}.tgz`, `${PLATFORM_PACKAGE}-${VERSION}.tgz`])
  const installed = await readdir(join(project, 'node_modules'))
  assert.deepEqual(installed.filter((name) => !name.startsWith('.')).toSorted(), [NAME, PLATFORM_PACKAGE])
})

test('the packages say what they are for, and run nothing when they are installed', async () => {
  const read = async (name) => JSON.parse(await readFile(join(project, 'node_modules', name, 'package.json'), 'utf8'))
  const main = await read(NAME)
  assert.deepEqual(
    Object.values(main.optionalDependencies),
    Object.keys(platforms).map(() => VERSION),
  )
  assert.deepEqual([main.scripts, main.dependencies], [undefined, undefined])
  const { os, cpu, libc, scripts, version } = await read(PLATFORM_PACKAGE)
  const here = platforms[platform]
  assert.deepEqual(
    { os, cpu, libc, scripts, version },
    {
      os: [here.os],
      cpu: [here.cpu],
      libc: here.libc === undefined ? undefined : [here.libc],
      scripts: undefined,
      version: VERSION,
    },
  )
  for (const name of [NAME, PLATFORM_PACKAGE]) {
    const files = await readdir(join(project, 'node_modules', name))
    assert.deepEqual(
      files.filter((file) => file.startsWith('LICENSE')),
      ['LICENSE-APACHE', 'LICENSE-MIT'],
    )
    for (const file of NOTICES) assert.ok(files.includes(file), `${name} has no ${file}`)
  }
})

test('npx starts it with its arguments', async () => {
  const run = promisify(execFile)('npx', [NAME, '--version'], {
    cwd: project,
    env: environment,
    shell: process.platform === 'win32',
  })
  assert.equal((await run).stdout, `${NAME} ${VERSION}\n`)
})

test('a tenant is selected, and the end of standard input ends it', async () => {
  const { child, url, exited } = await started('--watch-stdin', '--project-id', 'P2packaged')
  await post(`${url}/emulator/users`, { loginId: 'ada', tenants: { acme: { roles: ['editor'] } } })
  const { refreshJwt } = await post(`${url}/emulator/sign-in`, { loginId: 'ada' })
  const selected = await post(`${url}/v1/auth/tenant/select`, { tenant: 'acme' }, `P2packaged:${refreshJwt}`)
  const claims = JSON.parse(Buffer.from(selected.sessionJwt.split('.')[1], 'base64url'))
  assert.equal(claims.dct, 'acme')
  child.stdin.end()
  assert.deepEqual(await exited, [0, null])
})

test('the launcher passes on exit status and output', async () => {
  const { code, stderr } = await failed(node(launcher, '--no-such-option'))
  assert.equal(code, 2)
  assert.match(stderr, /--no-such-option/)
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  test(`${signal} reaches the program and ends both`, { skip: process.platform === 'win32' }, async () => {
    const { child, url, exited } = await started()
    child.kill(signal)
    assert.deepEqual(await exited, [null, signal])
    await assert.rejects(fetch(`${url}/emulator`))
  })
}

test('require and import give the path of the program', async () => {
  const required = await node('-p', `require('${NAME}').binary`)
  const imported = await node('--input-type=module', '-e', `import { binary } from '${NAME}'; console.log(binary)`)
  assert.equal(required.stdout, imported.stdout)
  const binary = required.stdout.trim()
  assert.ok(binary.endsWith(join('node_modules', PLATFORM_PACKAGE, programOf(platforms[platform]))), binary)
  await access(binary, constants.X_OK)
})

test('a missing package of the platform is named, with the remedy', async () => {
  const packaged = join(project, 'node_modules', PLATFORM_PACKAGE)
  await rename(packaged, `${packaged}-away`)
  try {
    const { code, stderr } = await failed(node(launcher, '--version'))
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`^${NAME}: ${PLATFORM_PACKAGE} is not installed`))
    assert.match(stderr, /--omit=optional/)
    assert.doesNotMatch(stderr, /^ +at /m)
    const thrown = await node(
      '-e',
      `try { require('${NAME}') } catch (error) { console.log(error.code, error.cause.code) }`,
    )
    // A kit that looks for this package must be able to tell "not installed" from "installed without its program".
    assert.equal(thrown.stdout, 'undefined MODULE_NOT_FOUND\n')
  } finally {
    await rename(`${packaged}-away`, packaged)
  }
})

test('a platform that no program is made for is named, with the remedy', async () => {
  const pretend = `Object.defineProperty(process, 'platform', { value: 'sunos' })`
  const { stderr } = await failed(node('-e', `${pretend}; require('${NAME}')`))
  assert.match(stderr, /has no program for sunos on .*cargo install tenant-select-emulator/)
})

test('the C library of Node decides between the packages for Linux', {
  skip: process.platform !== 'linux',
}, async () => {
  const { cpu } = platforms[platform]
  for (const [header, name] of [
    ['{}', `linux-${cpu}-musl`],
    ["{ glibcVersionRuntime: '2.36' }", `linux-${cpu}-gnu`],
  ]) {
    const pretend = `process.report.getReport = () => ({ header: ${header} })`
    const program = `console.log(require('./node_modules/${NAME}/platform.js').currentPlatform())`
    assert.equal((await node('-e', `${pretend}; ${program}`)).stdout, `${name}\n`)
  }
})

test('a program is not packed under the name of another platform', async () => {
  for (const name of Object.keys(platforms).filter((other) => other !== platform)) {
    const packed = packPlatform(
      name,
      join(project, 'node_modules', PLATFORM_PACKAGE, programOf(platforms[platform])),
      folder,
    )
    await assert.rejects(packed, new RegExp(`is not built for ${name}$`))
  }
})

test('the types resolve in every module resolution', async () => {
  await writeFile(join(project, 'uses.mts'), `import { binary } from '${NAME}'\nexport const path: string = binary\n`)
  await writeFile(join(project, 'uses.cts'), `import { binary } from '${NAME}'\nexport const path: string = binary\n`)
  await writeFile(
    join(project, 'refused.mts'),
    `import { binary } from '${NAME}'\nexport const path: number = binary\n`,
  )
  const tsc = join(ROOT, 'node/node_modules/typescript/bin/tsc')
  const check = (...args) => node(tsc, '--ignoreConfig', '--noEmit', '--strict', '--types', '', ...args)
  await check('--module', 'nodenext', 'uses.mts', 'uses.cts')
  await check('--module', 'esnext', '--moduleResolution', 'bundler', 'uses.mts')
  assert.match((await failed(check('--module', 'nodenext', 'refused.mts'))).stdout, /TS2322/)
})

test('publint and are-the-types-wrong find nothing', async () => {
  const tool = (name, ...args) =>
    promisify(execFile)(
      join(ROOT, 'node/node_modules/.bin', name),
      [...args, join(tarballs, `${NAME}-${VERSION}.tgz`)],
      {
        shell: process.platform === 'win32',
      },
    )
  await tool('publint', '--strict')
  await tool('attw')
})
