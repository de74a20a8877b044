/**
 * The ES module entry point of `tenant-select/web`.
 *
 * @packageDocumentation
 */

export {
  FetchContext,
  hono,
  type RespondOptions,
  respond,
} from './web.js'
