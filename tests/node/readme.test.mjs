// The quickstart of the README, word for word.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { run } from './child.mjs'
import { emulatorWithUser, repository } from './emulator.mjs'

suite('README', () => {
  test('the quickstart runs as it stands', async (t) => {
    const readme = readFileSync(`${repository}README.md`, 'utf8')
    const [, program] = readme.match(/<!-- quickstart: node -->\n```js\n(.*?)```/s) ?? []
    assert.ok(program, 'the README has no quickstart for Node')
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const env = { DESCOPE_PROJECT_ID: emulator.projectId, DESCOPE_BASE_URL: emulator.url, REFRESH_JWT: refreshJwt }
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
})
