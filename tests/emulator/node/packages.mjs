// The package that users install and the packages of the platforms, made from package.json and platforms.json.

import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { platformManifest as manifestOf, pack, packBinary } from '../../../node/packaging/pack.mjs'
import { platforms } from '../../../node/packaging/platform.js'

const HERE = fileURLToPath(new URL('.', import.meta.url))
// The table of platforms and its reader are those of the product's packages; the package gets a copy.
const SHARED = fileURLToPath(new URL('../../../node/packaging', import.meta.url))
const NOTICES = fileURLToPath(new URL('..', import.meta.url))
const SHARED_FILES = ['platform.js', 'platforms.json']

const source = JSON.parse(await readFile(join(HERE, 'package.json'), 'utf8'))

export const NAME = source.name
export const VERSION = source.version

/** The file name of the program on a platform. */
export const programOf = ({ os }) => (os === 'win32' ? `${NAME}.exe` : NAME)

/** The `package.json` of the package that users name: what the repository has, with one exact dependency for each platform. */
export const mainManifest = {
  ...source,
  optionalDependencies: Object.fromEntries(Object.keys(platforms).map((name) => [`${NAME}-${name}`, VERSION])),
}

/** The `package.json` of a platform's package. */
export function platformManifest(name) {
  const platform = platforms[name]
  const description = `The program of ${NAME} for ${platform.target}`
  return manifestOf(source, name, { description, files: [programOf(platform)] })
}

/** Packs the package that users name into the folder `out` and returns the path of the tarball. */
export async function packMain(out) {
  return pack(mainManifest, NOTICES, out, async (folder) => {
    for (const file of [...source.files, 'README.md']) {
      await copyFile(join(SHARED_FILES.includes(file) ? SHARED : HERE, file), join(folder, file))
    }
  })
}

/**
 * Packs the program of a platform into the folder `out` and returns the path of the tarball.
 *
 * @throws Error when the program is not built for that platform
 */
export async function packPlatform(name, program, out) {
  return packBinary(platformManifest(name), name, NOTICES, program, out)
}
