/**
 * The ES module entry point of `tenant-select/fastify`.
 *
 * @packageDocumentation
 */

export {
  contextOf,
  type PluginOptions,
  refusalHandler,
  requireSession,
  requireTenant,
  signOut,
  switchTenant,
  type TenantRequirement,
  tenantSelect,
  type UpgradeOptions,
  upgradeListener,
} from './fastify.js'
