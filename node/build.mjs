// Builds `dist` from `lib`: declarations for each module, and one file of code for each entry point, because each file that a
// process loads takes about half a millisecond.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('.', import.meta.url))
const out = join(folder, 'dist')
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** Checks the types and writes the declarations; returns the written files. */
function declare() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const args = [tsc, '-p', join(folder, 'tsconfig.json'), '--listEmittedFiles']
  const said = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  return said.match(/(?<=^TSFILE: ).*$/gm).map((file) => resolve(folder, file))
}

/** Besides the main entry point. */
const FURTHER = ['testing', 'express', 'fastify', 'web']
const ENTRY_POINTS = ['index', ...FURTHER].map((name) => `${name}.js`)

/** Leaves imports of an entry point as they are. Folders of `lib` have an `index.js` too, which is bundled. */
const apart = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /\.js$/ }, ({ path, resolveDir }) => {
      const name = relative(join(folder, 'lib'), join(resolveDir, path))
      return ENTRY_POINTS.includes(name) ? { path: `./${name}`, external: true } : undefined
    })
  },
}

/** Bundles entry points of `lib`; returns the written files, and the exports of each. */
async function bundle(names, format) {
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: names.map((name) => join('lib', name)),
    outdir: out,
    outExtension: format === 'esm' ? { '.js': '.mjs' } : {},
    format,
    bundle: true,
    platform: 'node',
    target: 'node20',
    // Results print the names of their classes, which the bundler could change.
    keepNames: true,
    packages: 'external',
    external: ['*.node'],
    define: { __VERSION__: JSON.stringify(version) },
    plugins: [apart],
    metafile: true,
    logLevel: 'warning',
  })
  return Object.entries(metafile.outputs).map(([file, { exports }]) => ({ file: resolve(folder, file), exports }))
}

/**
 * Writes the ES module of the main entry point. It requires what it exports and does not import it: to import a CommonJS
 * module, Node scans its whole text for names, which takes longer than running it, and Node 20 ends the process when such a
 * module throws, even if the import is in a `try`.
 */
function writeMainModule(names) {
  const file = join(out, 'index.mjs')
  const text = `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
export const { ${names.join(', ')} } = require('./index.js')
`
  writeFileSync(file, text)
}

// `instanceof` fails between two copies of a class, so no entry point is bundled into another.
const names = ['index', ...FURTHER]
const code = await bundle(
  names.map((name) => `${name}.ts`),
  'cjs',
)
const modules = await bundle(
  names.map((name) => `${name}.mts`),
  'esm',
)
const main = modules.find(({ file }) => basename(file) === 'index.mjs')
const written = new Set([...declare(), ...[...code, ...modules].map(({ file }) => file)])
writeMainModule(main.exports)

// Files of earlier builds would be packed too.
for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath ?? entry.path, entry.name)
  if (entry.isFile() && !written.has(file)) rmSync(file)
}
