// Builds the addon for release, packs it and the main package for npm, and tries both in an empty project: what
// `make package-node` runs.
//
//   node package.mjs [--out FOLDER] [--compatibility TAG]
//
// The tag is one of Python's for wheels; `manylinux_2_28` means that no newer glibc may be required.

import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildAddon } from './addon.mjs'
import { buildEnvironment, PLACES } from './build_environment.mjs'
import { packAddon, packMain, thisPlatform } from './packages.mjs'
import { smokeTest } from './smoke_test.mjs'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    compatibility: { type: 'string', default: '' },
  },
})

/** Fails for an addon that is not a release, requires too new a system, or names the folder of its build. */
function check(addon, bytes) {
  if (bytes.includes('.symtab')) throw new Error(`${addon} is no stripped release`)
  const text = bytes.toString('latin1')
  const wanted = Math.max(-1, ...[...text.matchAll(/GLIBC_2\.(\d+)\b/g)].map(([, minor]) => Number(minor)))
  const [, allowed = Number.POSITIVE_INFINITY] = values.compatibility.match(/^manylinux_2_(\d+)$/) ?? []
  if (wanted > allowed) throw new Error(`${addon} wants glibc 2.${wanted}, and ${values.compatibility} has less`)
  if (wanted >= 0) console.log(`wants glibc 2.${wanted} or newer`)
  for (const place of PLACES.map((place) => resolve(place))) {
    // In a container the user's folder may be the root of the file system.
    if (place !== dirname(place) && bytes.includes(join(place, sep))) throw new Error(`${addon} names ${place}`)
  }
}

const addon = buildAddon(['--release'], buildEnvironment())
check(addon, await readFile(addon))
const out = resolve(values.out)
const tarballs = [await packMain(out), await packAddon(thisPlatform(), addon, out)]
for (const tarball of tarballs) console.log(`${basename(tarball)}: ${((await stat(tarball)).size / 1e6).toFixed(2)} MB`)
await smokeTest(tarballs)
