/**
 * Finds the emulator's program.
 *
 * @module
 */

import { createRequire } from 'node:module'
import { join } from 'node:path'

const NAME = 'tenant-select-emulator'
const VARIABLE = 'TENANT_SELECT_EMULATOR'

/** The advice when there is no program. */
export const REMEDY = `run \`npm install --save-dev ${NAME}\`, put the program on the search path, or name it in ${VARIABLE}`

/** A program to start, and what named it. */
export interface Binary {
  readonly file: string
  readonly namedBy: string
}

/**
 * Finds the program to start: the one that the caller names, else the one that the variable `TENANT_SELECT_EMULATOR`
 * names, else that of the npm package `tenant-select-emulator`, resolved from the application and then from this
 * package, else the one with that name on the search path. An empty variable is ignored.
 */
export function emulatorBinary(named: string | undefined): Binary {
  if (named !== undefined) return { file: named, namedBy: 'the option `binary`' }
  const variable = process.env[VARIABLE]
  if (variable) return { file: variable, namedBy: VARIABLE }
  const file = packaged(join(process.cwd(), 'package.json')) ?? packaged(__filename)
  if (file !== undefined) return { file, namedBy: `the package ${NAME}` }
  return { file: NAME, namedBy: 'the search path' }
}

/** The program of the npm package, resolved from this place. */
function packaged(from: string): string | undefined {
  try {
    const { binary } = createRequire(from)(NAME) as { binary: string }
    return binary
  } catch (error) {
    // When only the package of this platform is missing, the emulator's own error has more details.
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
