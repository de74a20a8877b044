// The name table, held against the classes, the options and the declarations that users compile against.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import * as tenantSelect from 'tenant-select'
import { names } from './canonical.mjs'
import { repository } from './emulator.mjs'

/** The declared type of each kind of field. */
const TYPES = {
  token: 'string',
  string: 'string',
  integer: 'number',
  boolean: 'boolean',
  strings: 'readonly string[]',
  object: 'JsonObject',
  any: 'JsonValue',
  booleans: '{ readonly [provider: string]: boolean; }',
  User: 'User',
  UserTenants: 'readonly UserTenant[]',
  IDPResponse: 'IDPResponse',
}

const models = readdirSync(`${repository}node/dist/models`).map((name) => `models/${name}`)
const declarations = ['client_options.d.ts', ...models]
  .map((name) => readFileSync(`${repository}node/dist/${name}`, 'utf8'))
  .join('\n')

/** The optional data fields that a class or interface declares, with their types. */
function declared(name) {
  const [, body] = declarations.match(new RegExp(`(?:class|interface) ${name} [^{]*\\{(.*?)\\n\\}`, 's')) ?? ['', '']
  const fields = body.replaceAll(/\/\*\*.*?\*\//gs, '').matchAll(/readonly (\w+)\?: ((?:\{[^}]*\}|[^;{])+);/g)
  return Object.fromEntries([...fields].map(([, field, type]) => [field, type.replaceAll(/\s+/g, ' ')]))
}

/** The fields that a class knows when it prints, and those that it withholds. */
function shapeOf(type) {
  const symbol = Object.getOwnPropertySymbols(type.prototype).find(({ description }) => description === 'shape')
  return type.prototype[symbol]
}

suite('names', () => {
  for (const { typescript, fields } of names.models) {
    test(`${typescript} has every field of the wire, in its spelling, with its type`, () => {
      const expected = fields.map((field) => [field.typescript, TYPES[field.type]])
      assert.deepEqual(declared(typescript), Object.fromEntries(expected))
      const { known, secret } = shapeOf(tenantSelect[typescript])
      assert.deepEqual([...known].sort(), fields.map((field) => field.typescript).sort())
      const tokens = fields.filter((field) => field.type === 'token').map((field) => field.typescript)
      assert.deepEqual([...secret].sort(), tokens.sort())
    })
  }

  test('options have the names of the table', () => {
    // Where the variables are is no option of the core's, which gets them as data.
    const { environment, ...options } = declared('ClientOptions')
    assert.ok(environment)
    assert.deepEqual(Object.keys(options).sort(), names.options.map((row) => row.typescript).sort())
  })

  test('operations have the names of the table', () => {
    for (const { typescript } of names.operations) {
      assert.equal(typeof tenantSelect.Client.prototype[typescript], 'function', typescript)
    }
  })

  test('a refused option is called by its TypeScript name, in the message too', () => {
    const types = declared('ClientOptions')
    for (const { core, typescript } of names.options) {
      for (const value of [true, 7]) {
        try {
          new tenantSelect.Client({ projectId: 'P1', [typescript]: value })
        } catch (error) {
          assert.equal(error.code, 'INVALID_INPUT')
          assert.equal(error.argument, typescript)
          if (core.includes('_') && !typescript.endsWith('Ms')) assert.ok(!error.message.includes(core), error.message)
          continue
        }
        assert.match(types[typescript], /^(boolean|number)\b/, typescript)
      }
    }
  })

  test('every option is documented with its environment variables', () => {
    const source = readFileSync(`${repository}node/lib/client_options.ts`, 'utf8')
    for (const { typescript, environment } of names.options) {
      const [, comment] =
        source.match(new RegExp(`/\\*\\*((?:(?!\\*/).)*)\\*/\\s+readonly ${typescript}\\?`, 's')) ?? []
      for (const variable of environment) assert.ok(comment?.includes(variable), `${typescript}: ${variable}`)
    }
  })
})
