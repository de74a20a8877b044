/**
 * Roles and permissions that a session has, for the project or for one tenant.
 *
 * @module
 */

import { strings } from '../arguments.js'
import { pointing } from '../caller_stack.js'

/** What the core writes about roles and permissions. */
export interface GrantedView {
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
}

/**
 * Names of roles and permissions, and the four questions about them. What is granted the core reads of the token; here names
 * are compared whole, never as substrings, which the contract cases pin for every language.
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
    return pointing(Granted.prototype.hasRoles, () => has(this.roles, strings('roles', roles)))
  }

  /**
   * Whether every one of `permissions` is granted at this level; true for an empty list.
   *
   * @throws {@link InvalidInputError} when `permissions` is not an array of strings.
   */
  hasPermissions(permissions: readonly string[]): boolean {
    return pointing(Granted.prototype.hasPermissions, () => has(this.permissions, strings('permissions', permissions)))
  }

  /**
   * Those of `roles` that are granted at this level, in the order asked.
   *
   * @throws {@link InvalidInputError} when `roles` is not an array of strings.
   */
  matchedRoles(roles: readonly string[]): string[] {
    return pointing(Granted.prototype.matchedRoles, () => matched(this.roles, strings('roles', roles)))
  }

  /**
   * Those of `permissions` that are granted at this level, in the order asked.
   *
   * @throws {@link InvalidInputError} when `permissions` is not an array of strings.
   */
  matchedPermissions(permissions: readonly string[]): string[] {
    return pointing(Granted.prototype.matchedPermissions, () =>
      matched(this.permissions, strings('permissions', permissions)),
    )
  }
}

function has(granted: readonly string[], asked: readonly string[]): boolean {
  return asked.every((name) => granted.includes(name))
}

function matched(granted: readonly string[], asked: readonly string[]): string[] {
  return asked.filter((name) => granted.includes(name))
}
