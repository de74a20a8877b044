// Makes the tarballs that `npm publish` uploads: of the packages of this repository, and of their packages for each platform.

import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isFor } from './binary_format.mjs'
import { platforms } from './platform.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The licence files that every package has. */
export const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT']

/**
 * The licences of other people's code and the bill of materials. They are beside each package, and written and checked by
 * python/packaging/notices.py.
 */
export const NOTICES = ['THIRD-PARTY-NOTICES.txt', 'sbom.cdx.json']

/** Runs npm, which on Windows is a shell script. */
export function npm(args, options) {
  return promisify(execFile)('npm', args, { ...options, shell: process.platform === 'win32' })
}

/**
 * Packs a package into the folder `out`.
 *
 * @param manifest - its `package.json`; the licences and notices are added to its `files`
 * @param notices - the folder with its notices
 * @param fill - writes its other files into the folder that it is called with
 * @returns the path of the tarball
 */
export async function pack(manifest, notices, out, fill) {
  const folder = await mkdtemp(join(tmpdir(), `${manifest.name}-`))
  try {
    // npm adds a file called LICENSE by itself, but not these.
    const packed = { ...manifest, files: [...manifest.files, ...LICENCES, ...NOTICES] }
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(packed, null, 2)}\n`)
    for (const licence of LICENCES) await copyFile(join(ROOT, licence), join(folder, licence))
    for (const file of NOTICES) await copyFile(join(notices, file), join(folder, file))
    await fill(folder)
    await mkdir(out, { recursive: true })
    await npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', out], { cwd: folder })
    return join(out, `${manifest.name}-${manifest.version}.tgz`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * The `package.json` of the package that holds the native part for a platform.
 *
 * @param main - the manifest of the package that depends on it
 * @param platform - a name of platforms.json
 * @param own - the entries that only this package has
 */
export function platformManifest(main, platform, own) {
  const { os, cpu, libc } = platforms[platform]
  const { version, license, repository, engines } = main
  return {
    name: `${main.name}-${platform}`,
    version,
    license,
    repository,
    engines,
    ...own,
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    // Neither a program nor an addon can be used from inside an archive, where Yarn would leave it.
    preferUnplugged: true,
  }
}

/**
 * Packs the native part for a platform into the folder `out`.
 *
 * @param manifest - the `package.json` of the platform's package, whose one file is the native part
 * @param platform - a name of platforms.json
 * @param notices - the folder with its notices
 * @param binary - the path of the native part
 * @returns the path of the tarball
 * @throws Error when the native part is not one for that platform
 */
export async function packBinary(manifest, platform, notices, binary, out) {
  if (!isFor(platforms[platform], await readFile(binary))) throw new Error(`${binary} is not built for ${platform}`)
  return pack(manifest, notices, out, async (folder) => {
    const [name] = manifest.files
    await copyFile(binary, join(folder, name))
    await chmod(join(folder, name), 0o755)
    const readme = `# ${manifest.name}\n\n${manifest.description}. ${manifest.name.replace(`-${platform}`, '')} installs it.\n`
    await writeFile(join(folder, 'README.md'), readme)
  })
}
