// Prints the public types of the npm package as one file of declarations for each entry point: `node node_api.mjs FOLDER`
// writes the declarations of each entry point of what `npm run build` left in node/dist. Comments are left out, so that only types
// change them.

import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const { generateDtsBundle } = require('dts-bundle-generator')
// Version 6, because version 7 has no interface for programs yet.
const ts = require('typescript')

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ENTRY_POINTS = ['index', 'testing', 'express', 'fastify', 'web']

/** Returns the text without comments; the compiler's printer keeps everything else. */
function withoutComments(text) {
  const file = ts.createSourceFile('api.d.ts', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  return ts.createPrinter({ removeComments: true }).printFile(file)
}

const entries = ENTRY_POINTS.map((name) => ({
  filePath: join(HERE, '../../node/dist', `${name}.d.ts`),
  output: { noBanner: true, exportReferencedTypes: false, sortNodes: true },
}))
const bundles = generateDtsBundle(entries, { preferredConfigPath: join(HERE, 'tsconfig.json') })
const folder = process.argv[2]
mkdirSync(folder, { recursive: true })
for (const [place, name] of ENTRY_POINTS.entries()) {
  writeFileSync(join(folder, `${name}.d.ts`), withoutComments(bundles[place]))
}
