/**
 * Loads the native addon: from the package of this platform, which npm installs as an optional dependency, or from the file
 * that a build in the repository leaves.
 *
 * @module
 */

import type * as addon from './binding.js'

/** Everything the addon exports. */
export type Native = typeof addon

/** The version of this package, written in by the build. */
declare const __VERSION__: string

type Candidates = Readonly<Record<string, () => unknown>>

/**
 * The addon's packages by platform and architecture. Every path is a literal, so that bundlers find it. On Linux the packages of
 * both C libraries are tried: npm installs the one that fits.
 */
const PACKAGES: Readonly<Record<string, Candidates>> = {
  'linux-x64': {
    'tenant-select-linux-x64-gnu': () => require('tenant-select-linux-x64-gnu'),
    'tenant-select-linux-x64-musl': () => require('tenant-select-linux-x64-musl'),
  },
  'linux-arm64': {
    'tenant-select-linux-arm64-gnu': () => require('tenant-select-linux-arm64-gnu'),
    'tenant-select-linux-arm64-musl': () => require('tenant-select-linux-arm64-musl'),
  },
  'darwin-x64': { 'tenant-select-darwin-x64': () => require('tenant-select-darwin-x64') },
  'darwin-arm64': { 'tenant-select-darwin-arm64': () => require('tenant-select-darwin-arm64') },
  'win32-x64': { 'tenant-select-win32-x64-msvc': () => require('tenant-select-win32-x64-msvc') },
  'win32-arm64': { 'tenant-select-win32-arm64-msvc': () => require('tenant-select-win32-arm64-msvc') },
}

/** Loads the addon of this platform. */
export function loadAddon(): Native {
  const platform = `${process.platform}-${process.arch}`
  const candidates: Candidates = {
    ...(Object.hasOwn(PACKAGES, platform) ? PACKAGES[platform] : {}),
    // Last, because no published package has it. The path is that from the bundle in `dist`, where this code runs.
    'tenant-select.node': () => require('../tenant-select.node'),
  }
  const failures = new Map<string, unknown>()
  for (const [name, load] of Object.entries(candidates)) {
    try {
      return ofThisVersion(name, load() as Native)
    } catch (error) {
      failures.set(name, error)
    }
  }
  throw unloadable(platform, failures)
}

/** Fails when the addon has another version than the facade: their interface is private and may differ. */
function ofThisVersion(name: string, addon: Native): Native {
  if (addon.version() === __VERSION__) return addon
  throw new Error(`${name} is of version ${addon.version()}, and tenant-select of ${__VERSION__}`)
}

/** The error when no addon could be loaded: what was tried, what the system reported, what to do. */
function unloadable(platform: string, failures: ReadonlyMap<string, unknown>): Error {
  const present = [...failures].filter(([name, error]) => !isMissing(name, error))
  const packages = [...failures.keys()].filter((name) => name !== 'tenant-select.node')
  const cause = (present[0] ?? [...failures][0])?.[1]
  return new Error(`tenant-select cannot load its native addon: ${reason(platform, packages, present)}`, { cause })
}

function reason(platform: string, packages: readonly string[], present: readonly [string, unknown][]): string {
  if (present.some(([, error]) => (error as NodeJS.ErrnoException).code === 'ERR_DLOPEN_DISABLED')) {
    return 'this process loads none: start Node without `--no-addons`, or with `--allow-addons` where `--permission` is set.'
  }
  if (present.length > 0) {
    const said = present.map(([name, error]) => `${name}: ${text(error)}`).join('; ')
    return `${said}. It is here but does not fit this system; when node_modules was copied from another system (another C library, processor or version), delete it and run \`npm install\` here.`
  }
  if (packages.length === 0) {
    return `there is none for ${platform}. There are packages for ${Object.keys(PACKAGES).join(', ')}.`
  }
  return `${packages.join(' or ')} is not installed. It is an optional dependency: install without \`--omit=optional\` (or \`--no-optional\`). When package-lock.json was written on another operating system, delete it together with node_modules and run \`npm install\` again.`
}

/** Whether the error says that there is no such package, rather than that something in it is wrong. */
function isMissing(name: string, error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND' && text(error).includes(name)
}

function text(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n', 1)[0] as string) : String(error)
}
