/**
 * The ES module entry point of `tenant-select/express`.
 *
 * @packageDocumentation
 */

export {
  contextOf,
  nestContext,
  refusalHandler,
  requireSession,
  requireTenant,
  sessionGuard,
  signOut,
  signOutGuard,
  switchGuard,
  switchTenant,
  type TenantRequirement,
  tenantGuard,
  tenantSelect,
  type UpgradeOptions,
  upgradeListener,
} from './express.js'
