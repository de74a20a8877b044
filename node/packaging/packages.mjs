// The package that users name and the packages of the platforms, made from package.json and the table of platforms.
//
// The registry does not know these packages, nor the emulator's, before the release. So they are added to the main package only
// here; otherwise the lock file of the repository could not be installed.

import { copyFile, cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pack, packBinary, platformManifest } from './pack.mjs'
import { currentPlatform, platforms } from './platform.js'

export { platforms }

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const { devDependencies: _, scripts: __, ...source } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'))

/** The package that holds the addon of a platform. */
export const addonPackage = (name) => `${source.name}-${name}`

/** The name of the platform that this process runs on. */
export function thisPlatform() {
  const name = currentPlatform()
  if (name === undefined) throw new Error(`there is no package for ${process.platform} on ${process.arch}`)
  return name
}

/**
 * The peers of the testing kit: the emulator, and the types that its declarations use. Any version of the emulator is allowed,
 * because npm refuses to update one of two packages that require each other's exact version.
 */
const peers = { '@types/node': '>=20', 'tenant-select-emulator': '*' }

/** The `package.json` of the main package when it is published. */
export const mainManifest = {
  ...source,
  peerDependencies: peers,
  peerDependenciesMeta: Object.fromEntries(Object.keys(peers).map((name) => [name, { optional: true }])),
  optionalDependencies: Object.fromEntries(Object.keys(platforms).map((name) => [addonPackage(name), source.version])),
}

/** The `package.json` of a platform's package. */
export function addonManifest(name) {
  const description = `The native addon of ${source.name} for ${platforms[name].target}`
  const own = { description, main: 'tenant-select.node', files: ['tenant-select.node'] }
  return platformManifest(source, name, own)
}

/** Packs the main package into the folder `out` and returns the path of the tarball. */
export async function packMain(out) {
  return pack(mainManifest, PACKAGE, out, async (folder) => {
    await cp(join(PACKAGE, 'dist'), join(folder, 'dist'), { recursive: true })
    await copyFile(join(PACKAGE, 'README.md'), join(folder, 'README.md'))
  })
}

/**
 * Packs the addon of a platform into the folder `out` and returns the path of the tarball.
 *
 * @throws Error when the addon is not built for that platform
 */
export async function packAddon(name, addon, out) {
  return packBinary(addonManifest(name), name, PACKAGE, addon, out)
}
