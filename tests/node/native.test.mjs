// The addon has what the facade's private types say, and a panic in it stays an error.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { repository } from './emulator.mjs'
import { addon } from './native.mjs'

const source = readFileSync(`${repository}node/lib/native.ts`, 'utf8')

/** The members of an interface in the facade's private types. */
function membersOf(name) {
  const [, body] = source.match(new RegExp(`export interface ${name} \\{\\n(.*?)\\n\\}`, 's'))
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:]/gm)].map((match) => match[1]).sort()
}

/** Exports of debug builds, which no release has. */
const FAULTS = ['panicInCall', 'panicInFuture']

const create = () => addon.createClient([{ name: 'project_id', value: 'P1' }], {}, '20')

suite('addon', () => {
  test('exports what the types say', () => {
    const classes = ['NativeClient', 'ResultHandle']
    const exported = Object.keys(addon).filter((name) => !FAULTS.includes(name) && !classes.includes(name))
    assert.deepEqual(exported.sort(), membersOf('Native'))
  })

  test('classes have the members that the types say', () => {
    const members = (type) => Object.getOwnPropertyNames(type.prototype).filter((name) => name !== 'constructor')
    assert.deepEqual(members(addon.NativeClient).sort(), membersOf('NativeClient'))
    assert.deepEqual(members(addon.ResultHandle).sort(), membersOf('ResultHandle'))
    assert.deepEqual(members(addon.CallHandle).sort(), membersOf('CallHandle'))
  })

  test('results have the members that the types say', async () => {
    const settled = create().client.validateSessionCached('', undefined)
    assert.equal(settled.state, 'failed')
    // `handle` is left out where there is none.
    assert.deepEqual([...Object.keys(settled), 'handle'].sort(), membersOf('Settled'))
  })

  test('is of the version of the package', () => {
    const { version } = JSON.parse(readFileSync(`${repository}node/package.json`, 'utf8'))
    assert.equal(addon.version(), version)
  })

  test('a panic is an error, in a call and on the runtime, and the process lives', { skip: !addon.panicInCall }, () => {
    const script = `
      const addon = require(${JSON.stringify(`${repository}node/tenant-select.node`)})
      try { addon.panicInCall() } catch (error) { console.log(error.message) }
      addon.panicInFuture().then(({ state, json }) => console.log(state, JSON.parse(json).code, json.includes('purpose')))`
    const env = { ...process.env, RUST_BACKTRACE: '0' }
    const { status, stdout } = spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' })
    assert.deepEqual(stdout.split('\n'), ['on purpose', 'failed INTERNAL false', ''])
    assert.equal(status, 0)
  })

  test('a promise settles also when it is cancelled before it began', async () => {
    const { client } = create()
    const handle = new addon.CallHandle()
    handle.cancel()
    handle.cancel()
    const settled = await client.me(handle, undefined, 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMSJ9.c2ln')
    assert.equal(settled.state, 'cancelled')
  })
})
