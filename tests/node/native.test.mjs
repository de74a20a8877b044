// The addon that was built has what the generated types say, and a panic in it stays an error.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { repository } from './emulator.mjs'
import { addon } from './native.mjs'

const source = readFileSync(`${repository}node/lib/native/binding.ts`, 'utf8')

/** The members of a class in the generated types. */
function membersOf(name) {
  const [, body] = source.match(new RegExp(`export declare class ${name} \\{\\n(.*?)\\n\\}`, 's'))
  const members = [...body.matchAll(/^ {2}(?:private |get )?(\w+)\(/gm)].map((match) => match[1])
  return members.filter((member) => member !== 'constructor').sort()
}

/** Exports of debug builds, which no release has. */
const DEBUG = ['panicInCall', 'panicInFuture', 'pendingCalls', 'hasResponse']

const create = () =>
  addon.createClient(
    [
      { name: 'project_id', value: 'P1' },
      { name: 'base_url', value: 'http://127.0.0.1:9' },
    ],
    {},
    '20',
  )

suite('addon', () => {
  test('exports what the types say', () => {
    const declared = [...source.matchAll(/^export declare (?:class|function) (\w+)/gm)].map((match) => match[1])
    const exported = Object.keys(addon).filter((name) => !DEBUG.includes(name))
    assert.deepEqual(exported.sort(), declared.sort())
  })

  for (const name of ['NativeAuthenticator', 'NativeClient'])
    test(`${name} has the members that the types say`, () => {
      const { prototype } = addon[name]
      const members = Object.getOwnPropertyNames(prototype).filter((member) => member !== 'constructor')
      assert.deepEqual(members.sort(), membersOf(name))
    })

  test('nothing but a client and an authenticator holds native memory', () => {
    const classes = [...source.matchAll(/^export declare class (\w+)/gm)].map((match) => match[1])
    assert.deepEqual(classes.sort(), ['NativeAuthenticator', 'NativeClient'])
  })

  test('is of the version of the package', () => {
    const { version } = JSON.parse(readFileSync(`${repository}node/package.json`, 'utf8'))
    assert.equal(addon.version(), version)
  })

  test('a panic in a call or on the runtime is an error, and the process continues', {
    skip: !addon.panicInCall,
  }, () => {
    const script = `
      const addon = require(${JSON.stringify(`${repository}node/tenant-select.node`)})
      try { addon.panicInCall() } catch (error) { console.log(error.message) }
      addon.panicInFuture().then(({ state, json }) => console.log(state, JSON.parse(json).code, json.includes('purpose')))`
    const env = { ...process.env, RUST_BACKTRACE: '0' }
    const { status, stdout } = spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' })
    assert.deepEqual(stdout.split('\n'), ['on purpose', 'failed INTERNAL false', ''])
    assert.equal(status, 0)
  })

  test('a promise settles also when it is cancelled at once and twice', async () => {
    const { client } = create()
    const number = addon.newCall()
    const call = client.me(number, undefined, 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMSJ9.c2ln')
    addon.cancelCall(number)
    addon.cancelCall(number)
    const { state, json } = await call
    // Nothing listens there, which the call may have found out first.
    assert.ok(state === 'cancelled' || JSON.parse(json).code === 'CONNECTION', state)
    addon.cancelCall(number)
  })

  test('a number that no call has cancels nothing', () => {
    for (const number of [0, -1, addon.newCall(), Number.MAX_SAFE_INTEGER]) addon.cancelCall(number)
  })
})
