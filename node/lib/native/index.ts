/**
 * The native addon.
 *
 * @module
 */

import type * as addon from './binding.js'
import { loadAddon } from './loading.js'

/** Everything the addon exports. */
export type Native = typeof addon

/** The addon of this process. */
export const native: Native = loadAddon()
