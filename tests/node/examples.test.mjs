// Every export has a documented example, and every example compiles and runs.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from './child.mjs'
import { emulatorWithUser, repository } from './emulator.mjs'

const library = `${repository}node/lib`
// Below node_modules, where the package is found and nothing is committed.
const folder = fileURLToPath(new URL('node_modules/.examples', import.meta.url))

const sources = readdirSync(library, { recursive: true })
  // The generated types of the addon are private, and share a name with the public ones.
  .filter((name) => name.endsWith('.ts') && basename(name) !== 'binding.ts')
  .map((name) => ({ name, text: readFileSync(`${library}/${name}`, 'utf8') }))

/** The names that an entry point exports. */
function exportsOf(entryPoint) {
  const text = readFileSync(`${library}/${entryPoint}.mts`, 'utf8')
  return [...text.matchAll(/export (?:type )?\{(.*?)\}/gs)]
    .flatMap(([, names]) => names.split(','))
    .map((name) => name.trim().replace(/^type /, ''))
    .filter((name) => name !== '')
}

const entryPoints = { 'tenant-select': exportsOf('index'), 'tenant-select/testing': exportsOf('testing') }
/** Adapters have names in common, so their examples import them. */
const adapters = Object.fromEntries(
  ['express', 'fastify', 'web'].map((name) => [`tenant-select/${name}`, exportsOf(name)]),
)

/** The comment above the declaration of a name. */
function commentOf(name, entryPoint) {
  const declaration = new RegExp(
    `/\\*\\*((?:(?!\\*/).)*)\\*/\\s+export (?:abstract |async )?(?:class|interface|type|function) ${name}\\b`,
    's',
  )
  const own = sources.filter(({ name: file }) => `tenant-select/${file}` === `${entryPoint}.ts`)
  const comments = [...own, ...sources].map(({ text }) => text.match(declaration)?.[1])
  return comments.find((comment) => comment !== undefined)
}

/** Every example, without the stars of its comment. */
const examples = sources.flatMap(({ name, text }) =>
  [...text.matchAll(/^ *\* ```ts\n(.*?)^ *\* ```$/gms)].map(([, body], index) => ({
    id: `${name.replace(/[/.]/g, '_')}_${index}`,
    code: body.replaceAll(/^ *\* ?/gm, ''),
  })),
)

/** The example as a module: what it uses and does not import itself comes from the fixture. */
function moduleOf({ code }) {
  const imports = Object.entries(entryPoints).map(([from, names]) => {
    const used = names
      .filter((name) => new RegExp(`\\b${name}\\b`).test(code) && !/^import /m.test(code))
      // A name of the example itself is its own.
      .filter((name) => !new RegExp(`const (\\{[^}]*)?\\b${name}\\b`).test(code))
    return used.length === 0
      ? ''
      : `import { ${used.map((name) => `${isType(name) ? 'type ' : ''}${name}`).join(', ')} } from '${from}'`
  })
  if (/\bsubscribe\(/.test(code)) imports.push("import { subscribe } from 'node:diagnostics_channel'")
  const fixture = ['client', 'refreshJwt', 'sessionJwt'].filter(
    (name) => new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`const (\\{[^}]*)?\\b${name}\\b`).test(code),
  )
  return [...imports, fixture.length === 0 ? '' : `const { ${fixture.join(', ')} } = fixture`, code, 'export {}'].join(
    '\n',
  )
}

function isType(name) {
  return sources.some(({ text }) => new RegExp(`export (?:interface|type) ${name}\\b`).test(text))
}

suite('examples', () => {
  for (const [entryPoint, names] of Object.entries({ ...entryPoints, ...adapters })) {
    test(`everything that ${entryPoint} exports is documented with an example`, () => {
      const missing = names.filter((name) => !commentOf(name, entryPoint)?.includes('@example'))
      assert.deepEqual(missing, [])
    })
  }

  test('those of adapters are applications of at most 15 lines', () => {
    const ofAdapters = examples.filter(({ id }) => /^(adapters_|express|fastify|web)/.test(id))
    assert.ok(ofAdapters.length > 25, `${ofAdapters.length} examples`)
    const long = ofAdapters.filter(({ code }) => code.trim().split('\n').length > 15)
    assert.deepEqual(
      long.map(({ id }) => id),
      [],
    )
  })

  test('compile and run', async (t) => {
    assert.ok(examples.length > 40, `${examples.length} examples`)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const example of examples) writeFileSync(`${folder}/${example.id}.mts`, moduleOf(example))
    writeFileSync(
      `${folder}/fixture.d.mts`,
      `import type { Client } from 'tenant-select'
       declare global { var fixture: { client: Client; refreshJwt: string; sessionJwt: string } }`,
    )
    const options = {
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      module: 'nodenext',
      moduleDetection: 'force',
      types: ['node'],
      typeRoots: [`${repository}node/node_modules/@types`],
      strict: true,
    }
    writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions: options, include: ['*.mts'] }))
    const tsc = `${repository}node/node_modules/typescript/bin/tsc`
    const compiled = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
    assert.equal(compiled.stdout, '')

    const { emulator } = await emulatorWithUser(t)
    const env = emulator.environment
    const { code, stdout, stderr } = await run('examples.mjs', {
      args: examples.map(({ id }) => `${folder}/${id}.mjs`),
      env,
    })
    assert.equal(stderr, '')
    assert.equal(code, 0, stdout)
    assert.match(stdout, new RegExp(`^${examples.length} examples ran$`, 'm'))
  })
})
