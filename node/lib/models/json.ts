/**
 * Any JSON value: the type of user data (custom attributes, claims) and unknown fields.
 *
 * @example
 * ```ts
 * const { customAttributes } = await client.me(refreshJwt)
 * const plan: JsonValue | undefined = customAttributes?.['plan']
 * ```
 */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/**
 * A JSON object whose keys are data of the application: they keep their spelling, even `__proto__`. Integers beyond
 * 2^53 lose precision, as always in JavaScript.
 *
 * @example
 * ```ts
 * const { claims }: { claims: JsonObject } = await client.validateSession(sessionJwt)
 * console.log(claims['iss'])
 * ```
 */
export interface JsonObject {
  readonly [key: string]: JsonValue
}
