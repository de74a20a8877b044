/**
 * Where the emulator's program is.
 *
 * @module
 */

import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * The program to start: what the caller names, else the variable `TENANT_SELECT_EMULATOR`, else the npm package
 * `tenant-select-emulator` as the application sees it, else whatever the search path has under that name.
 */
export function emulatorBinary(named: string | undefined): string {
  return named ?? process.env.TENANT_SELECT_EMULATOR ?? packaged() ?? 'tenant-select-emulator'
}

function packaged(): string | undefined {
  try {
    const { binary } = createRequire(join(process.cwd(), 'package.json'))('tenant-select-emulator') as {
      binary: string
    }
    return binary
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
