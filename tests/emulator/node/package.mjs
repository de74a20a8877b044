// Packs the release binary of this platform for npm and tests the packages in an empty project: what `make package-emulator` runs.
//
//   node package.mjs [--program FILE] [--out FOLDER]
//
// The program comes from ../python/package.py, which builds it for the wheel.

import { spawnSync } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { currentPlatform, platforms } from '../../../node/packaging/platform.js'
import { checkBinary } from '../../../node/packaging/release.mjs'
import { packMain, packPlatform, programOf } from './packages.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = join(HERE, '../../..')
const LARGEST = 12_000_000

const platform = currentPlatform()
if (platform === undefined) throw new Error(`there is no package for ${process.platform} on ${process.arch}`)
const { values } = parseArgs({
  options: {
    program: { type: 'string', default: join(ROOT, 'target/npm/release', programOf(platforms[platform])) },
    out: { type: 'string', default: join(ROOT, 'dist') },
  },
})
const [program, out] = [resolve(values.program), resolve(values.out)]

const bytes = await readFile(program)
checkBinary(program, bytes, LARGEST)
for (const tarball of [await packPlatform(platform, program, out), await packMain(out)]) {
  console.log(`${basename(tarball)}: ${((await stat(tarball)).size / 1e6).toFixed(2)} MB`)
}
console.log(`installed ${(bytes.length / 1e6).toFixed(1)} MB`)

const { status } = spawnSync(process.execPath, ['--test', join(HERE, 'packages.test.mjs')], {
  stdio: 'inherit',
  env: { ...process.env, EMULATOR_PACKAGES: out },
})
process.exitCode = status ?? 1
