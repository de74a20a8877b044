// Makes `dist` of `lib`: declarations module by module, and code in as few files as there are entrances, because every file
// that a process has to find, read and compile before it can begin costs it about half a millisecond.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const room = fileURLToPath(new URL('.', import.meta.url))
const out = join(room, 'dist')
const { version } = JSON.parse(readFileSync(join(room, 'package.json'), 'utf8'))

/** Checks the types and writes the declarations; gives the files written. */
function declare() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const args = [tsc, '-p', join(room, 'tsconfig.json'), '--listEmittedFiles']
  const said = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  return said.match(/(?<=^TSFILE: ).*$/gm).map((file) => resolve(room, file))
}

/** Bundles entrances of `lib`; `elsewhere` says which file has what an import asks for, when it is not to be bundled. */
async function bundle(entrances, format, elsewhere) {
  const apart = ({ onResolve }) =>
    onResolve({ filter: /\/(index|testing)\.js$/ }, ({ path }) => ({ path: elsewhere(basename(path)), external: true }))
  const { metafile } = await build({
    absWorkingDir: room,
    entryPoints: entrances.map((name) => join('lib', name)),
    outdir: out,
    outExtension: format === 'esm' ? { '.js': '.mjs' } : {},
    format,
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    external: ['*.node'],
    define: { __VERSION__: JSON.stringify(version) },
    plugins: [{ name: 'apart', setup: apart }],
    metafile: true,
    logLevel: 'warning',
  })
  return Object.entries(metafile.outputs).map(([file, { exports }]) => ({ file: resolve(room, file), exports }))
}

/**
 * A module of CommonJS that says at a glance what it exports: before an ES module may import from one, Node looks through
 * its whole text for names, which takes as long as running it.
 */
function nameExports(names) {
  const file = join(out, 'names.cjs')
  const text = `'use strict'
const main = require('./index.js')
module.exports = { ...main }
0 && (module.exports = { ${names.join(', ')} })
`
  writeFileSync(file, text)
  return file
}

// Two copies of a class would not know each other's instances: whatever is asked for, the classes are those of index.js.
const code = await bundle(['index.ts', 'testing.ts'], 'cjs', (name) => `./${name}`)
const [main] = await bundle(['index.mts'], 'esm', () => './names.cjs')
const testing = await bundle(['testing.mts'], 'esm', (name) => `./${name}`)
const modules = [...code, main, ...testing].map(({ file }) => file)
const written = new Set([...declare(), ...modules, nameExports(main.exports)])

// What is left of earlier builds would be packed.
for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath ?? entry.path, entry.name)
  if (entry.isFile() && !written.has(file)) rmSync(file)
}
