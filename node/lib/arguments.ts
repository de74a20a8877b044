/**
 * Checks the types of arguments. The core checks everything else about them.
 *
 * @module
 */

/** What the checks of this package throw. The public method that was called makes an {@link InvalidInputError} of it. */
export class WrongArgument extends Error {
  /** The name of the argument. */
  readonly argument: string

  /**
   * @param argument - the name of the argument
   * @param what - what is wrong, beginning with the name where it is about the argument
   */
  constructor(argument: string, what: string) {
    super(what)
    this.argument = argument
  }
}

/** A string. */
export function text(argument: string, value: unknown): string {
  if (typeof value !== 'string') throw new WrongArgument(argument, `${argument} must be a string, not ${kind(value)}`)
  // A lone surrogate cannot be encoded in UTF-8, so the core would get another text than the caller passed.
  if (!value.isWellFormed()) throw new WrongArgument(argument, `${argument} is not well-formed Unicode`)
  return value
}

/** A string, or undefined. */
export function optionalText(argument: string, value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : text(argument, value)
}

/** An array of strings. */
export function strings(argument: string, value: unknown): string[] {
  if (!Array.isArray(value))
    throw new WrongArgument(argument, `${argument} must be an array of strings, not ${kind(value)}`)
  return value.map((item) => text(argument, item))
}

/** A plain object of strings, such as headers. */
export function textsByText(
  argument: string,
  value: unknown,
  expected = 'a plain object of strings',
): Record<string, string> {
  // A `Map` or `Headers` has no properties to read, so it would pass for an empty object.
  const prototype = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined
  if (prototype !== Object.prototype && prototype !== null) {
    throw new WrongArgument(argument, `${argument} must be ${expected}`)
  }
  return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, text(argument, item)]))
}

/** A number. */
export function number(argument: string, value: unknown): number {
  if (typeof value !== 'number') throw new WrongArgument(argument, `${argument} must be a number, not ${kind(value)}`)
  return value
}

/** A boolean. */
export function boolean(argument: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new WrongArgument(argument, `${argument} must be a boolean, not ${kind(value)}`)
  return value
}

/** An options object without other keys than these. */
export function knownKeys(options: unknown, names: readonly string[]): asserts options is object {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new WrongArgument('options', `options must be an object, not ${kind(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new WrongArgument('options', `there is no option named ${JSON.stringify(name)}`)
  }
}

/** The type of a value, without its content. */
function kind(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}
