// The environment of a build for release, in which compilers leave out the paths of this machine. It is the same for every
// package, because other flags would build everything anew.

import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '')
const CARGO_HOME = process.env.CARGO_HOME || join(homedir(), '.cargo')
const REGISTRY = join(CARGO_HOME, 'registry', 'src')

/** Paths of this machine, which must not be in a release. */
export const PLACES = [ROOT, homedir(), CARGO_HOME]

// Panics and assertions name source files.
const FORGET = {
  RUSTFLAGS: `--remap-path-prefix=${REGISTRY}=registry --remap-path-prefix=${ROOT}=tenant-select`,
  // Microsoft's compiler has no such option.
  ...(process.platform === 'win32'
    ? {}
    : { CFLAGS: `-ffile-prefix-map=${REGISTRY}=registry -ffile-prefix-map=${ROOT}=tenant-select` }),
}

/** What has to be set beside what the caller has set, whose own flags stay. */
export function buildEnvironment() {
  const flags = Object.entries(FORGET).map(([name, forget]) => [name, `${process.env[name] ?? ''} ${forget}`.trim()])
  return { ...Object.fromEntries(flags), CARGO_TARGET_DIR: join(ROOT, 'target', 'npm') }
}
