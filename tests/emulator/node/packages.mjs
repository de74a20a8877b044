// The package that users name and the packages of the platforms, made from package.json and platforms.json.

import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isFor } from './binary_format.mjs'
import { platformManifest as manifestOf, pack } from './pack.mjs'
import { platforms } from './platform.js'

const HERE = fileURLToPath(new URL('.', import.meta.url))

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
  return manifestOf(source, { name, ...platform }, { description, files: [programOf(platform)] })
}

/** Packs the package that users name into the folder `out`, and gives the tarball's path. */
export async function packMain(out) {
  return pack(mainManifest, out, async (folder) => {
    for (const file of [...source.files, 'README.md']) await copyFile(join(HERE, file), join(folder, file))
  })
}

/**
 * Packs the program of a platform into the folder `out`, and gives the tarball's path.
 *
 * @throws Error when the program is not one for that platform.
 */
export async function packPlatform(name, program, out) {
  if (!isFor(platforms[name], await readFile(program))) throw new Error(`${program} is no program for ${name}`)
  const manifest = platformManifest(name)
  return pack(manifest, out, async (folder) => {
    const file = join(folder, programOf(platforms[name]))
    await copyFile(program, file)
    await chmod(file, 0o755)
    const readme = `# ${manifest.name}\n\n${manifest.description}, which chooses it: install that.\n`
    await writeFile(join(folder, 'README.md'), readme)
  })
}
