/** Services with options, in modules: how the options get into the URL and out of it again. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { loadService, makerUrl, serve, service, serviceMaker } from '#lanework/server/index.js'
import { folder } from '../support/folder.ts'
import { addressOf, clientOf, places } from '../support/matrix.ts'

const path = join(folder, 'greeter.mjs')
writeFileSync(
  path,
  `import { service, serviceMaker } from '${import.meta.resolve('#lanework/server/index.js')}'
export const greeter = serviceMaker(({ greeting = 'hello' }) => {
  if (typeof greeting !== 'string') throw new TypeError('greeting is a text')
  return service({ name: 'greeter', message: () => greeting })
})
export default service({ name: 'plain', message: () => 'plain' })`,
)
const module = new URL('#greeter', pathToFileURL(path))

describe('a service maker', () => {
  for (const { kind, lanes, skip } of Object.values(places)) {
    it(`makes the service of ${kind} lanes from the options in the URL`, { skip, timeout: 60_000 }, async () => {
      for (const [options, expected] of [
        [{ greeting: 'grüezi & ahoy?#' }, 'grüezi & ahoy?#'],
        [{}, 'hello'],
      ] as const) {
        const source = makerUrl(module, options)
        await using server = await serve(source, { listen: 'udp://127.0.0.1:0', laneKind: kind, lanes })
        const client = await clientOf(addressOf(server))
        await client.send('x')
        assert.equal(String(await client.receive()), expected)
        await client.close()
      }
    })
  }

  it('makes one without options too, and its errors come through', async () => {
    assert.equal((await loadService(module)).name, 'greeter')
    await assert.rejects(loadService(makerUrl(module, { greeting: 7 })), { message: 'greeting is a text' })
  })

  it('keeps the rest of the URL, and replaces options that are there', () => {
    const url = makerUrl(new URL('file:///a.js?v=2&options=old#b'), { x: 1 })
    assert.equal(url.searchParams.get('v'), '2')
    assert.equal(url.searchParams.get('options'), '{"x":1}')
    assert.equal(url.hash, '#b')
  })

  it('refuses options that JSON cannot carry: OPTION_INVALID, and a URL with others: SERVICE_INVALID', async () => {
    assert.throws(() => makerUrl(module, { time: 1n }), { code: 'OPTION_INVALID' })
    const url = new URL(module)
    url.searchParams.set('options', '{')
    await assert.rejects(loadService(url), { code: 'SERVICE_INVALID' })
  })

  it('is told from a function that is none, and leaves plain services alone', async () => {
    const plain = new URL(pathToFileURL(path))
    assert.equal((await loadService(makerUrl(plain, { x: 1 }))).name, 'plain')
    const other = join(folder, 'function.mjs')
    writeFileSync(other, 'export default () => {}')
    await assert.rejects(loadService(pathToFileURL(other)), { code: 'SERVICE_INVALID' })
    const made = serviceMaker(() => service({ name: 'made', message: () => undefined }))
    assert.equal(made({}).name, 'made')
  })
})
