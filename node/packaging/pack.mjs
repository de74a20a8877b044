// How a package of this repository becomes the tarball that `npm publish` would upload.

import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** What every package has beside its own files. */
export const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT']

/** Runs npm; on Windows it is a script of the shell. */
export function npm(args, options) {
  return promisify(execFile)('npm', args, { ...options, shell: process.platform === 'win32' })
}

/**
 * Packs a package into the folder `out`, and gives the tarball's path.
 *
 * @param manifest - its `package.json`; the licences are added to its `files`
 * @param fill - puts its other files into the folder that it is called with
 */
export async function pack(manifest, out, fill) {
  const folder = await mkdtemp(join(tmpdir(), `${manifest.name}-`))
  try {
    // npm takes a file called LICENSE by itself, but not these.
    const packed = { ...manifest, files: [...manifest.files, ...LICENCES] }
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(packed, null, 2)}\n`)
    for (const licence of LICENCES) await copyFile(join(ROOT, licence), join(folder, licence))
    await fill(folder)
    await mkdir(out, { recursive: true })
    await npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', out], { cwd: folder })
    return join(out, `${manifest.name}-${manifest.version}.tgz`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * What the package that holds the native part for a platform says of itself.
 *
 * @param main - the manifest of the package that depends on it
 * @param platform - a row of platforms.json, with its `name`
 * @param own - what only this package has
 */
export function platformManifest(main, { name, os, cpu, libc }, own) {
  const { version, license, repository, engines } = main
  return {
    name: `${main.name}-${name}`,
    version,
    license,
    repository,
    engines,
    ...own,
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    // Neither a program nor an addon can be used out of an archive, where Yarn would leave it.
    preferUnplugged: true,
  }
}
