// Generates the files of the package that follow from the Rust sources: `lib/native/binding.ts`, the types of the addon, from
// what the macros of napi-derive record, and `lib/client_options.ts` from the core's table of options. Run it after a change
// to them; `--check` only compares.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clientOptions } from './client_options.mjs'

const PACKAGE = fileURLToPath(new URL('.', import.meta.url))
const WORKSPACE = join(PACKAGE, '..')
const CRATE = 'tenant-select-node'

const HEAD = `/**
 * What the native addon exports. Private to this package. Generated from the Rust sources by \`generate.mjs\`: do not edit.
 *
 * @module
 */
`

/** Runs cargo in the workspace, with the environment of the Makefile so that nothing is compiled again, and returns what it prints. */
function cargo(args, environment = {}) {
  return execFileSync(process.env.CARGO ?? 'cargo', [...args, '--locked', '--quiet'], {
    cwd: WORKSPACE,
    env: { ...process.env, PYO3_NO_PYTHON: '1', PYO3_BUILD_EXTENSION_MODULE: '1', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** The records of the macros, written while the crate is checked: one definition per line, in the order of the sources. */
function definitions() {
  // A folder with a new name each time, so that cargo checks the crate again.
  const folder = mkdtempSync(join(tmpdir(), 'tenant-select-types-'))
  try {
    // The selection of packages of the linter's documentation.
    cargo(['check', '--workspace', '--lib', '--examples'], { NAPI_TYPE_DEF_TMP_FOLDER: folder })
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

function binding() {
  const all = definitions()
  const methods = new Map(all.filter(({ kind }) => kind === 'impl').map(({ name, def }) => [name, def]))
  const declared = all.filter(({ kind }) => kind !== 'impl').map((definition) => declaration(definition, methods))
  return [HEAD, ...declared].join('\n\n')
}

function formatted(file, text) {
  const biome = join(PACKAGE, 'node_modules', '@biomejs', 'biome', 'bin', 'biome')
  const args = [biome, 'format', '--stdin-file-path', join(PACKAGE, file)]
  return execFileSync(process.execPath, args, { cwd: PACKAGE, encoding: 'utf8', input: text })
}

const table = JSON.parse(cargo(['run', '--example', 'options_table']))
const made = { 'lib/native/binding.ts': binding(), 'lib/client_options.ts': clientOptions(table) }
for (const [file, text] of Object.entries(made)) {
  const path = join(PACKAGE, file)
  const now = formatted(file, text)
  if (existsSync(path) && readFileSync(path, 'utf8') === now) continue
  if (process.argv.includes('--check')) {
    console.error(`${file} is out of date: run node generate.mjs`)
    process.exitCode = 1
  } else {
    writeFileSync(path, now)
  }
}
