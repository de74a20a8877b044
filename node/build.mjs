// Makes `dist` of `lib`: declarations module by module, and code in as few files as there are entrances, because every file
// that a process has to find, read and compile before it can begin costs it about half a millisecond.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
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

const ENTRY_POINTS = ['index.js', 'testing.js']

/** Leaves imports of an entry point as they are. Folders of `lib` have an `index.js` too, which is bundled. */
const apart = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /\/(index|testing)\.js$/ }, ({ path, resolveDir }) => {
      const name = relative(join(room, 'lib'), join(resolveDir, path))
      return ENTRY_POINTS.includes(name) ? { path: `./${name}`, external: true } : undefined
    })
  },
}

/** Bundles entrances of `lib`; gives the files written, and what each exports. */
async function bundle(entrances, format) {
  const { metafile } = await build({
    absWorkingDir: room,
    entryPoints: entrances.map((name) => join('lib', name)),
    outdir: out,
    outExtension: format === 'esm' ? { '.js': '.mjs' } : {},
    format,
    bundle: true,
    platform: 'node',
    target: 'node20',
    // Classes that speak of themselves would be renamed otherwise, and results print their names.
    keepNames: true,
    packages: 'external',
    external: ['*.node'],
    define: { __VERSION__: JSON.stringify(version) },
    plugins: [apart],
    metafile: true,
    logLevel: 'warning',
  })
  return Object.entries(metafile.outputs).map(([file, { exports }]) => ({ file: resolve(room, file), exports }))
}

/**
 * Writes the ES module of the main entrance. It does not import what it hands out: Node looks through the whole text of a
 * CommonJS module for the names that may be imported, which takes longer than running it, and Node 20 ends the process when
 * such a module throws, whoever would have caught that.
 */
function passOn(names) {
  const file = join(out, 'index.mjs')
  const text = `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
export const { ${names.join(', ')} } = require('./index.js')
`
  writeFileSync(file, text)
}

// Two copies of a class would not know each other's instances, so no entrance is bundled into another.
const code = await bundle(['index.ts', 'testing.ts'], 'cjs')
const [main, testing] = await bundle(['index.mts', 'testing.mts'], 'esm')
const written = new Set([...declare(), ...[...code, main, testing].map(({ file }) => file)])
passOn(main.exports)

// What is left of earlier builds would be packed.
for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath ?? entry.path, entry.name)
  if (entry.isFile() && !written.has(file)) rmSync(file)
}
