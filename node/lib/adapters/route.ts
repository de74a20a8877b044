import type { Requirement } from '../requirement.js'

/**
 * What a route of a tenant needs.
 *
 * @example
 * ```ts
 * import type { TenantRequirement } from 'tenant-select/express'
 *
 * const toRead: TenantRequirement = { param: 'tenant', permissions: ['documents.read'] }
 * ```
 */
export interface TenantRequirement extends Omit<Requirement, 'tenant'> {
  /** The parameter of the path that holds the id of the tenant. */
  readonly param: string
}

/** The tenant in a parameter of the path. */
export function parameterOf(params: unknown, name: string): string {
  const value = (params as Readonly<Record<string, unknown>> | undefined)?.[name]
  if (typeof value !== 'string') throw new TypeError(`the path of the route has no parameter ${name}`)
  return value
}
