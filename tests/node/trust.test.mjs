// The certificates that a client trusts: those of its options and of its environment, and no others.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client, InvalidInputError } from 'tenant-select'
import { run } from './child.mjs'
import { emulatorWithUser } from './emulator.mjs'

const folder = fileURLToPath(new URL('node_modules/.trust', import.meta.url))
const broken = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

const program = `
import { Client } from 'tenant-select'
const { PROJECT: projectId, URL: baseUrl, TOKEN: token } = process.env
for (const environment of [{}, undefined]) {
  const client = new Client({ projectId, baseUrl, retries: 0, environment })
  await client.me(token).then(
    () => console.log('trusted'),
    (error) => console.log(error.code, error.message.includes('certificate was not accepted')),
  )
}
`

suite('trust', () => {
  for (const variable of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS']) {
    test(`an explicit environment is all that is read, not ${variable}`, async (t) => {
      const { emulator, refreshJwt } = await emulatorWithUser(t, { tls: true })
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true })
      writeFileSync(`${folder}/0123abcd.0`, readFileSync(emulator.caFile))
      const path = variable === 'SSL_CERT_DIR' ? folder : emulator.caFile
      const env = { [variable]: path, PROJECT: emulator.projectId, URL: emulator.url, TOKEN: refreshJwt }
      const { code, stdout, stderr } = await run(program, { env })
      assert.equal(stderr, '')
      assert.equal(code, 0)
      assert.deepEqual(stdout.trimEnd().split('\n'), ['CONNECTION true', 'trusted'])
    })
  }

  test('a wrong file is refused by the constructor', () => {
    mkdirSync(folder, { recursive: true })
    const contents = { missing: undefined, empty: '', text: 'no PEM', broken }
    for (const [name, content] of Object.entries(contents)) {
      const path = `${folder}/${name}.pem`
      rmSync(path, { force: true })
      if (content !== undefined) writeFileSync(path, content)
      for (const baseUrl of ['https://service.test', 'http://127.0.0.1:1']) {
        const options = { projectId: 'P1', baseUrl }
        const isRefusal = (error) => error instanceof InvalidInputError && error.argument === 'caFile'
        assert.throws(() => new Client({ ...options, caFile: path, environment: {} }), isRefusal)
        for (const variable of ['TENANT_SELECT_CA_FILE', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']) {
          assert.throws(
            () => new Client({ ...options, environment: { [variable]: path } }),
            (error) => isRefusal(error) && error.message.includes(variable),
          )
        }
      }
    }
  })
})
