// The package that users name and the packages of the platforms, made from package.json and platforms.json.

import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isProgramFor } from './binary_format.mjs'
import { platforms } from './platform.js'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = join(HERE, '../../..')
const LICENCES = ['LICENSE-MIT', 'LICENSE-APACHE']

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
  const { os, cpu, libc, target } = platforms[name]
  const { version, license, repository, engines } = source
  return {
    name: `${NAME}-${name}`,
    version,
    description: `The program of ${NAME} for ${target}`,
    license,
    repository,
    files: [programOf(platforms[name])],
    engines,
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    // A program cannot be started out of an archive, where Yarn would leave it.
    preferUnplugged: true,
  }
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
  if (!isProgramFor(platforms[name], await readFile(program))) throw new Error(`${program} is no program for ${name}`)
  const manifest = platformManifest(name)
  return pack(manifest, out, async (folder) => {
    const file = join(folder, programOf(platforms[name]))
    await copyFile(program, file)
    await chmod(file, 0o755)
    const readme = `# ${manifest.name}\n\n${manifest.description}, which chooses it: install that.\n`
    await writeFile(join(folder, 'README.md'), readme)
  })
}

async function pack(manifest, out, fill) {
  const folder = await mkdtemp(join(tmpdir(), `${NAME}-`))
  try {
    // npm takes a file called LICENSE by itself, but not these.
    const packed = { ...manifest, files: [...manifest.files, ...LICENCES] }
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(packed, null, 2)}\n`)
    for (const licence of LICENCES) await copyFile(join(ROOT, licence), join(folder, licence))
    await fill(folder)
    await mkdir(out, { recursive: true })
    await npm(['pack', '--silent', '--pack-destination', out], { cwd: folder })
    return join(out, `${manifest.name}-${manifest.version}.tgz`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Runs npm; on Windows it is a script of the shell. */
export function npm(args, options) {
  return promisify(execFile)('npm', args, { ...options, shell: process.platform === 'win32' })
}
