/**
 * The native addon.
 *
 * @module
 */

import { loadAddon, type Native } from './loading.js'

/** The addon of this process. */
export const native: Native = loadAddon()
