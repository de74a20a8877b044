// The programs of the README files, word for word.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { run } from './child.mjs'
import { emulatorWithUser, repository } from './emulator.mjs'

const isNoTest = (program) => !program.includes("'node:test'")

suite('README', () => {
  test('the quickstart runs as it stands', async (t) => {
    const readme = readFileSync(`${repository}README.md`, 'utf8')
    const [, program] = readme.match(/<!-- quickstart: node -->\n```js\n(.*?)```/s) ?? []
    assert.ok(program, 'the README has no quickstart for Node')
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const env = { ...emulator.environment, REFRESH_JWT: refreshJwt }
    const { code, stdout, stderr } = await run(program, { env })
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      'U2ada now acts in acme as editor',
      'may write: true',
      'Set-Cookie: DS',
      'Set-Cookie: DSR',
    ])
  })

  test("every program of the package's README runs as it stands", async (t) => {
    const readme = readFileSync(`${repository}node/README.md`, 'utf8')
    const programs = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, program]) => program)
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const env = { ...emulator.environment, REFRESH_JWT: refreshJwt }
    const expected = [
      /^\[ ['"]editor['"] \]\n2 JWTResponse \{.*sessionJwt: \[redacted\]/s,
      /^U2ada\nAbortError false\n$/,
      /^PERMISSION_DENIED rejected false 403 E\d+ \S+\n$/,
      /^refreshSession done \d+ ms undefined 1\n$/,
      /^true\n$/,
      /pass 2$.*fail 0$/ms,
    ]
    assert.equal(programs.length, expected.length)
    // A test is run by each runtime's own runner; those of others do not take one as a program.
    const runnable = process.versions.bun || process.versions.deno ? programs.filter(isNoTest) : programs
    for (const [index, program] of runnable.entries()) {
      const { code, stdout, stderr } = await run(program, { env: { ...env, NODE_TEST_CONTEXT: undefined } })
      assert.equal(stderr, '')
      assert.equal(code, 0, stdout)
      assert.match(stdout, expected[index])
    }
  })
})
