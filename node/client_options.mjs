// Generates the TypeScript form of the core's table of options, for `generate.mjs`: the interface, and the names and units of the core.

const TYPES = {
  text: 'string',
  path: 'string',
  flag: 'boolean',
  count: 'number',
  whole_seconds: 'number',
  seconds: 'number',
  texts: 'Readonly<Record<string, string>>',
}

const HEAD = `/**
 * The options of a client, and their names and units in the core. Generated from the core's table of options by \`generate.mjs\`:
 * do not edit.
 *
 * @module
 */

/**
 * The options of a {@link Client}. Those with a default or an environment variable may be left out; an option given here
 * takes precedence over the variable.
 *
 * @example
 * \`\`\`ts
 * const patient = new Client({ timeoutMs: 30_000, retries: 5, headers: { 'x-team': 'billing' } })
 * \`\`\`
 */`

const ENVIRONMENT = `  /**
   * Where the variables are read, once and when the client is made. Default \`process.env\`; \`{}\` reads none. Nothing else of
   * the process's environment is read.
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined`

/** The text of `client_options.ts`, not formatted yet. */
export function clientOptions(options) {
  const names = new Map(options.map((option) => [option.name, nameOf(option)]))
  const members = options.map((option) => {
    const type = TYPES[option.type]
    return `${comment(documentation(option, names))}\n  readonly ${nameOf(option)}?: ${type} | undefined`
  })
  const rows = options.map((option) => {
    const factor = option.type === 'seconds' ? ', 1 / 1000' : ''
    return `  ${nameOf(option)}: ['${option.name}'${factor}],`
  })
  return `${HEAD}
export interface ClientOptions {
${[...members, ENVIRONMENT].join('\n')}
}

/** TypeScript name to the core's, with the factor between the units where they differ. */
export const CLIENT_OPTIONS: {
  readonly [Name in keyof Required<Omit<ClientOptions, 'environment'>>]: readonly [core: string, factor?: number]
} = {
${rows.join('\n')}
}
`
}

/** The name in TypeScript, where a time names its unit. */
function nameOf({ name, type }) {
  return `${camelCase(name)}${{ seconds: 'Ms', whole_seconds: 'Seconds' }[type] ?? ''}`
}

function camelCase(name) {
  return name.replaceAll(/_([a-z])/g, (_, letter) => letter.toUpperCase())
}

/** What the documentation says, in one paragraph. */
function documentation(option, names) {
  const perCall = option.per_call ? 'A call can have its own.' : ''
  const sentences = [option.summary, option.details, bounds(option), perCall, variables(option)].filter(Boolean)
  // Names of options and operations, which the core has in its own spelling.
  return sentences
    .join(' ')
    .replaceAll(/`([a-z]+(?:_[a-z]+)*)`/g, (_, name) => `\`${names.get(name) ?? camelCase(name)}\``)
}

/** The unit, the bounds and the default. */
function bounds({ type, unset, least, most, default: value }) {
  const grouped = (number) => number.toLocaleString('en-US')
  const range = `${grouped(least ?? 0)} to ${grouped(most ?? 0)}; default ${grouped(value ?? 0)}.`
  switch (type) {
    case 'text':
    case 'path':
    case 'texts':
      return unset === 'required' ? 'Required.' : `Default: ${unset}.`
    case 'flag':
      return `Default ${value}.`
    case 'count':
      return range
    case 'whole_seconds':
      return `In whole seconds: ${range}`
    case 'seconds':
      return `In milliseconds: above 0, ${grouped(most * 1000)} at most; default ${grouped(value * 1000)}.`
    default:
      throw new Error(`there is no sentence about the bounds of an option of type ${type}`)
  }
}

/** The environment variables. */
function variables(option) {
  const form = { seconds: ' (seconds)', texts: ' (a JSON object)' }[option.type] ?? ''
  const names = option.variables.map((variable) => `\`${variable}\``).join(' or ')
  if (names === '') return 'Has no variable.'
  return `${option.variables.length === 1 ? 'Variable' : 'Variables'}: ${names}${form}.`
}

/** A paragraph as a comment of a member, in lines of 120 characters at most. */
function comment(text) {
  const oneLine = `  /** ${text} */`
  if (oneLine.length <= 120) return oneLine
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= 115) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return ['  /**', ...lines.map((line) => `   * ${line}`), '   */'].join('\n')
}
