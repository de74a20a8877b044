/**
 * Roles and permissions that a session has, for the project or for one tenant.
 *
 * @module
 */

import { strings } from '../arguments.js'
import { runWithCallerStack } from '../caller_stack.js'

/** The core's JSON of roles and permissions. */
export interface GrantedView {
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
}

/**
 * Roles and permissions, and six methods that compare them. The core reads the grants from the token. The methods compare
 * names as a whole, never as substrings, as the contract cases require in every language.
 */
export abstract class Granted {
  /** Roles granted at this level. */
  readonly roles: readonly string[]
  /** Permissions granted at this level. */
  readonly permissions: readonly string[]

  /** @internal */
  constructor(granted: GrantedView) {
    this.roles = granted.roles
    this.permissions = granted.permissions
  }

  /**
   * Whether every one of `roles` is granted at this level; true for an empty list.
   *
   * @throws {@link InvalidInputError} when `roles` is not an array of strings.
   */
  hasRoles(roles: readonly string[]): boolean {
    return runWithCallerStack(Granted.prototype.hasRoles, () => has(this.roles, strings('roles', roles)))
  }

  /**
   * Whether every one of `permissions` is granted at this level; true for an empty list.
   *
   * @throws {@link InvalidInputError} when `permissions` is not an array of strings.
   */
  hasPermissions(permissions: readonly string[]): boolean {
    return runWithCallerStack(Granted.prototype.hasPermissions, () =>
      has(this.permissions, strings('permissions', permissions)),
    )
  }

  /**
   * Whether at least one of `roles` is granted at this level; false for an empty list.
   *
   * @throws {@link InvalidInputError} when `roles` is not an array of strings.
   */
  anyRole(roles: readonly string[]): boolean {
    return runWithCallerStack(Granted.prototype.anyRole, () => hasAny(this.roles, strings('roles', roles)))
  }

  /**
   * Whether at least one of `permissions` is granted at this level; false for an empty list.
   *
   * @throws {@link InvalidInputError} when `permissions` is not an array of strings.
   */
  anyPermission(permissions: readonly string[]): boolean {
    return runWithCallerStack(Granted.prototype.anyPermission, () =>
      hasAny(this.permissions, strings('permissions', permissions)),
    )
  }

  /**
   * Returns the `roles` that are granted at this level, in the order of the argument.
   *
   * @throws {@link InvalidInputError} when `roles` is not an array of strings.
   */
  matchedRoles(roles: readonly string[]): string[] {
    return runWithCallerStack(Granted.prototype.matchedRoles, () => matched(this.roles, strings('roles', roles)))
  }

  /**
   * Returns the `permissions` that are granted at this level, in the order of the argument.
   *
   * @throws {@link InvalidInputError} when `permissions` is not an array of strings.
   */
  matchedPermissions(permissions: readonly string[]): string[] {
    return runWithCallerStack(Granted.prototype.matchedPermissions, () =>
      matched(this.permissions, strings('permissions', permissions)),
    )
  }
}

function has(granted: readonly string[], names: readonly string[]): boolean {
  return names.every((name) => granted.includes(name))
}

function hasAny(granted: readonly string[], names: readonly string[]): boolean {
  return names.some((name) => granted.includes(name))
}

function matched(granted: readonly string[], names: readonly string[]): string[] {
  return names.filter((name) => granted.includes(name))
}
