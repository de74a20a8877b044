// The environment of a release build, in which compilers write no path of this machine into what they make. It is the same
// as in python/packaging, because cargo rebuilds everything when flags change.

import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '')
const CARGO_HOME = process.env.CARGO_HOME || join(homedir(), '.cargo')
const REGISTRY = join(CARGO_HOME, 'registry', 'src')

/** Paths of this machine, which must not be in a release. */
export const PLACES = [ROOT, homedir(), CARGO_HOME]

// Panics and assertions name source files.
const REMAP = {
  RUSTFLAGS: `--remap-path-prefix=${REGISTRY}=registry --remap-path-prefix=${ROOT}=tenant-select`,
  // Microsoft's compiler has no such option.
  ...(process.platform === 'win32'
    ? {}
    : { CFLAGS: `-ffile-prefix-map=${REGISTRY}=registry -ffile-prefix-map=${ROOT}=tenant-select` }),
}

/** The variables to set for a release build; flags that the caller has set stay in front. */
export function buildEnvironment() {
  const flags = Object.entries(REMAP).map(([name, remap]) => [name, `${process.env[name] ?? ''} ${remap}`.trim()])
  return { ...Object.fromEntries(flags), CARGO_TARGET_DIR: join(ROOT, 'target', 'npm') }
}
