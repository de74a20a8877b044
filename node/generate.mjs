// Makes `lib/native/binding.ts`, the types of the addon, of what the macros of napi-derive say about the Rust sources. Run it after a
// change to them; `--check` only compares.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGE = fileURLToPath(new URL('.', import.meta.url))
const FILE = join(PACKAGE, 'lib', 'native', 'binding.ts')
const CRATE = 'tenant-select-node'

const HEAD = `/**
 * What the native addon exports. Private to this package. Made of the Rust sources by \`generate.mjs\`: do not edit.
 *
 * @module
 */
`

/** What the macros record while the crate is checked: one definition a line, in the order of the sources. */
function definitions() {
  // A folder of another name each time, so that cargo does not take the crate for checked already.
  const folder = mkdtempSync(join(tmpdir(), 'tenant-select-types-'))
  try {
    // The selection of packages and the environment of the Makefile, so that no dependency is checked another time.
    execFileSync(process.env.CARGO ?? 'cargo', ['check', '--locked', '--quiet', '--workspace', '--lib', '--examples'], {
      cwd: PACKAGE,
      env: {
        ...process.env,
        PYO3_NO_PYTHON: '1',
        PYO3_BUILD_EXTENSION_MODULE: '1',
        NAPI_TYPE_DEF_TMP_FOLDER: folder,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return readFileSync(join(folder, CRATE), 'utf8').trim().split('\n').map(JSON.parse)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One definition as TypeScript. A class without a public constructor has a private one. */
function declaration({ kind, name, js_doc: doc, def }, methods) {
  switch (kind) {
    case 'fn':
      return `${doc}export declare ${def}`
    case 'interface':
      return `${doc}export interface ${name} {\n${def}\n}`
    case 'struct': {
      const members = methods.get(name) ?? ''
      const hidden = /\bconstructor\(/.test(members) ? '' : 'private constructor()\n'
      return `${doc}export declare class ${name} {\n${hidden}${members}\n}`
    }
    default:
      throw new Error(`generate.mjs does not know what a definition of kind ${kind} looks like`)
  }
}

function generate() {
  const all = definitions()
  const methods = new Map(all.filter(({ kind }) => kind === 'impl').map(({ name, def }) => [name, def]))
  const declared = all.filter(({ kind }) => kind !== 'impl').map((definition) => declaration(definition, methods))
  const biome = join(PACKAGE, 'node_modules', '@biomejs', 'biome', 'bin', 'biome')
  const args = [biome, 'format', '--stdin-file-path', FILE]
  return execFileSync(process.execPath, args, {
    cwd: PACKAGE,
    encoding: 'utf8',
    input: [HEAD, ...declared].join('\n\n'),
  })
}

const made = generate()
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, made)
} else if (readFileSync(FILE, 'utf8') !== made) {
  console.error('lib/native/binding.ts is out of date: run node generate.mjs')
  process.exitCode = 1
}
