// What every compiled release file must fulfil: stripped, within its size, and free of paths of the build machine.

import { dirname, join, resolve, sep } from 'node:path'
import { PLACES } from './build_environment.mjs'

/**
 * Checks a program or an addon.
 *
 * @param file - its path, for messages
 * @param bytes - its content
 * @param largest - the limit of its size in bytes
 * @throws Error that names what is wrong
 */
export function checkBinary(file, bytes, largest) {
  if (bytes.includes('.symtab')) throw new Error(`${file} is not stripped`)
  if (bytes.length > largest) throw new Error(`${file} is larger than ${largest / 1e6} MB`)
  checkPaths(file, bytes)
}

/**
 * Checks that a file names no path of this machine.
 *
 * @throws Error with the text that begins with the path
 */
export function checkPaths(file, bytes) {
  for (const place of PLACES.map((place) => resolve(place))) {
    // In a container the user's folder may be the root of the file system.
    const at = place === dirname(place) ? -1 : bytes.indexOf(join(place, sep))
    if (at !== -1) throw new Error(`${file} contains the path ${bytes.toString('latin1', at, at + 120)}`)
  }
}
