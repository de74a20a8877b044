// Builds the addon for release, packs it and the main package for npm, and tests both in an empty project: what
// `make package-node` runs.
//
//   node package.mjs [--out FOLDER] [--compatibility TAG]
//
// The tag is a platform tag of wheels; `manylinux_2_28` means that glibc 2.28 must suffice.

import { readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildAddon } from './addon.mjs'
import { buildEnvironment } from './build_environment.mjs'
import { packAddon, packMain, thisPlatform } from './packages.mjs'
import { checkBinary } from './release.mjs'
import { LARGEST, smokeTest } from './smoke_test.mjs'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    compatibility: { type: 'string', default: '' },
  },
})

/** Fails for an addon that requires a newer glibc than `--compatibility` allows. */
function checkGlibc(addon, bytes) {
  const text = bytes.toString('latin1')
  const required = Math.max(-1, ...[...text.matchAll(/GLIBC_2\.(\d+)\b/g)].map(([, minor]) => Number(minor)))
  const [, allowed = Number.POSITIVE_INFINITY] = values.compatibility.match(/^manylinux_2_(\d+)$/) ?? []
  if (required > allowed)
    throw new Error(`${addon} requires glibc 2.${required}, newer than ${values.compatibility} has`)
  if (required >= 0) console.log(`requires glibc 2.${required} or newer`)
}

const addon = buildAddon(['--release'], buildEnvironment())
const bytes = await readFile(addon)
checkBinary(addon, bytes, LARGEST)
checkGlibc(addon, bytes)
const out = resolve(values.out)
const tarballs = [await packMain(out), await packAddon(thisPlatform(), addon, out)]
for (const tarball of tarballs) console.log(`${basename(tarball)}: ${((await stat(tarball)).size / 1e6).toFixed(2)} MB`)
await smokeTest(tarballs)
