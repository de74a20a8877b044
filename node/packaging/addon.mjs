// Builds the addon for a release. Run as a program, it copies the debug build into this package, where the development
// build loads it. `make build` compiles that together with everything else, so that dependencies are compiled once.

import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const CRATE = 'tenant-select-node'

/** Builds the addon with cargo and returns the path of its file, as cargo reports it. */
export function buildAddon(options = [], environment = {}) {
  const args = ['build', '--locked', '--quiet', '-p', CRATE, '--message-format=json-render-diagnostics', ...options]
  const said = execFileSync(process.env.CARGO ?? 'cargo', args, {
    cwd: PACKAGE,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  })
  const messages = said
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const library = messages.find(
    ({ target }) => target?.name === CRATE.replaceAll('-', '_') && target.kind.includes('cdylib'),
  )
  return library.filenames.find((file) => /\.(?:so|dylib|dll)$/.test(file))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const name = CRATE.replaceAll('-', '_')
  const library = { darwin: `lib${name}.dylib`, win32: `${name}.dll` }[process.platform] ?? `lib${name}.so`
  const built = join(PACKAGE, '../target/debug', library)
  const installed = join(PACKAGE, 'tenant-select.node')
  if (!existsSync(installed) || !readFileSync(built).equals(readFileSync(installed))) {
    // Renamed into place, because a running process may have the former file loaded.
    copyFileSync(built, `${installed}.new`)
    renameSync(`${installed}.new`, installed)
  }
}
