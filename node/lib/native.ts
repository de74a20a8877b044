/**
 * The native addon.
 *
 * @module
 */

import { loadAddon } from './addon.js'
import type * as addon from './binding.js'

/** Everything the addon exports. */
export type Native = typeof addon

/** The addon of this process. */
export const native: Native = loadAddon()
