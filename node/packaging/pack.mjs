// Makes the npm packages of a release: the main one, and the one that holds the addon of a platform.
//
//   node packaging/pack.mjs OUT main
//   node packaging/pack.mjs OUT addon PLATFORM FILE
//
// The platform packages are unknown to the registry until the release, so the main package names them only here: a lock
// file of the repository could not be installed otherwise.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const room = fileURLToPath(new URL('..', import.meta.url))
const repository = join(room, '..')
const licences = ['LICENSE-APACHE', 'LICENSE-MIT']

/** The platforms that there are packages for. */
export const platforms = JSON.parse(readFileSync(new URL('platforms.json', import.meta.url), 'utf8'))

/** The package that holds the addon of a platform. */
export const addonPackage = (platform) => `tenant-select-${platform.name}`

/** The platform of a running Node, by the name of its C library where there are two. */
export function thisPlatform() {
  const { os, cpu } = { os: process.platform, cpu: process.arch }
  const libc = os !== 'linux' ? undefined : process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
  const found = platforms.find((platform) => platform.os === os && platform.cpu === cpu && platform.libc === libc)
  if (found === undefined) throw new Error(`there is no package for ${os}-${cpu}${libc ? ` with ${libc}` : ''}`)
  return found
}

/** What the main package says of itself when it is published. */
export function mainManifest() {
  const { devDependencies: _, scripts: __, ...manifest } = developed()
  const addons = platforms.map((platform) => [addonPackage(platform), manifest.version])
  return { ...manifest, files: [...manifest.files, ...licences], optionalDependencies: Object.fromEntries(addons) }
}

/** What the package of a platform says of itself. */
export function addonManifest(platform) {
  const { version, license, repository, engines } = developed()
  const { os, cpu, libc } = platform
  return {
    name: addonPackage(platform),
    version,
    description: `The native addon of tenant-select for ${platform.target}`,
    license,
    repository,
    main: 'tenant-select.node',
    files: ['tenant-select.node', ...licences],
    engines,
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    preferUnplugged: true,
  }
}

function developed() {
  return JSON.parse(readFileSync(join(room, 'package.json'), 'utf8'))
}

/** Packs a manifest and the files beside it, as `npm publish` would; gives the tarball. */
function pack(out, manifest, files) {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-select-pack-'))
  try {
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
    for (const [name, source] of Object.entries(files)) cpSync(source, join(folder, name), { recursive: true })
    for (const name of licences) cpSync(join(repository, name), join(folder, name))
    mkdirSync(out, { recursive: true })
    const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', resolve(out)]
    return join(out, execFileSync('npm', args, { cwd: folder, encoding: 'utf8' }).trim())
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export function packMain(out) {
  return pack(out, mainManifest(), { dist: join(room, 'dist'), 'README.md': join(room, 'README.md') })
}

export function packAddon(out, platform, file) {
  const readme = join(tmpdir(), `tenant-select-readme-${process.pid}.md`)
  writeFileSync(
    readme,
    `# ${addonPackage(platform)}\n\nThe addon of tenant-select for ${platform.target}. Install that one.\n`,
  )
  try {
    return pack(out, addonManifest(platform), { 'tenant-select.node': file, 'README.md': readme })
  } finally {
    rmSync(readme)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [out, what, name, file] = process.argv.slice(2)
  if (what === 'main') console.log(packMain(out))
  else {
    const platform = name === 'this' ? thisPlatform() : platforms.find((platform) => platform.name === name)
    if (platform === undefined) throw new Error(`there is no platform named ${name}`)
    console.log(packAddon(out, platform, file))
  }
}
