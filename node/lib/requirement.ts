import { boolean, knownKeys, optionalText, strings } from './arguments.js'
import type { RequirementParts } from './native/binding.js'

/**
 * What a request needs of the user; by default a valid session and nothing else.
 *
 * @example
 * ```ts
 * const toWrite: Requirement = { tenant: 'acme', permissions: ['documents.write'] }
 * const toBill: Requirement = { tenant: 'acme', anyRole: ['owner', 'accountant'], stepUp: true }
 * const publicPage: Requirement = { required: false }
 * ```
 */
export interface Requirement {
  /**
   * The tenant that the request is for, 1 to 1,024 bytes of UTF-8. It has to be the active one. Without it, the tenant of the
   * session is the one, whichever that is, and a refresh keeps it.
   */
  readonly tenant?: string | undefined
  /** Roles that the user must have, all of them: in the tenant, or at project level without one. */
  readonly roles?: readonly string[] | undefined
  /** Permissions that the user must have, all of them: in the tenant, or at project level without one. */
  readonly permissions?: readonly string[] | undefined
  /** Roles of which the user must have at least one; an empty list requires none. */
  readonly anyRole?: readonly string[] | undefined
  /** Permissions of which the user must have at least one; an empty list requires none. */
  readonly anyPermission?: readonly string[] | undefined
  /**
   * Whether there must be a session. With false, a request without a valid one is anonymous; roles, permissions and a step-up
   * cannot be required then. Default true.
   */
  readonly required?: boolean | undefined
  /** Whether the user must have stepped up ({@link Session.steppedUp}, RFC 9470). Default false. */
  readonly stepUp?: boolean | undefined
}

const NAMES = ['tenant', 'roles', 'permissions', 'anyRole', 'anyPermission', 'required', 'stepUp'] as const

/** A requirement for the core. */
export function requirementParts(requirement: Requirement | undefined): RequirementParts | undefined {
  if (requirement === undefined) return undefined
  knownKeys(requirement, NAMES)
  const parts: RequirementParts = {}
  const tenant = optionalText('tenant', requirement.tenant)
  if (tenant !== undefined) parts.tenant = tenant
  for (const name of ['roles', 'permissions', 'anyRole', 'anyPermission'] as const) {
    const names = requirement[name]
    if (names !== undefined) parts[name] = strings(name, names)
  }
  const { required, stepUp } = requirement
  if (required !== undefined) parts.required = boolean('required', required)
  if (stepUp !== undefined) parts.stepUp = boolean('stepUp', stepUp)
  return parts
}
