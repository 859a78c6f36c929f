/** rfile and wfile without sockets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { isLaneworkError } from '#lanework/core/index.js'
import { DatagramWriter, RequestReader } from '#lanework/socketserver/index.js'

/** A source that gives the text in chunks of so many bytes. */
function readerOf(text: string, chunkBytes: number): RequestReader {
  let rest = Buffer.from(text)
  return new RequestReader({
    recv: async () => {
      const chunk = rest.subarray(0, chunkBytes)
      rest = rest.subarray(chunkBytes)
      return chunk
    },
  })
}

describe('RequestReader', () => {
  for (const chunkBytes of [1, 2, 3, 100]) {
    it(`gives lines with their end, the last one without, from chunks of ${chunkBytes}`, async () => {
      const found: string[] = []
      for await (const line of readerOf('one\n\ntwo\nthree', chunkBytes)) found.push(String(line))
      assert.deepEqual(found, ['one\n', '\n', 'two\n', 'three'])
    })

    it(`mixes lines and bytes, from chunks of ${chunkBytes}`, async () => {
      const reader = readerOf('head\nbodyrest', chunkBytes)
      assert.equal(String(await reader.readLine()), 'head\n')
      assert.equal(String(await reader.read(4)), 'body')
      assert.equal(String(await reader.read()), 'rest')
      assert.equal((await reader.read()).length, 0)
      assert.equal((await reader.readLine()).length, 0)
    })

    it(`cuts a line at the size asked for, from chunks of ${chunkBytes}`, async () => {
      const reader = readerOf('abcdef\nx', chunkBytes)
      assert.equal(String(await reader.readLine(4)), 'abcd')
      assert.equal(String(await reader.readLine(3)), 'ef\n')
      assert.equal(String(await reader.readLine(3)), 'x')
    })
  }

  it('refuses a line that is longer than 65,536 bytes', async () => {
    assert.equal((await readerOf(`${'x'.repeat(65_535)}\n`, 10_000).readLine()).length, 65_536)
    await assert.rejects(readerOf(`${'x'.repeat(65_536)}\n`, 10_000).readLine(), (error) =>
      isLaneworkError(error, 'FRAME_TOO_LONG'),
    )
  })
})

describe('DatagramWriter', () => {
  it('keeps what was written, as it was then', async () => {
    const writer = new DatagramWriter()
    const bytes = Buffer.from('ab')
    await writer.write(bytes)
    bytes.fill(0)
    await writer.write('c')
    assert.equal(String(writer.contents), 'abc')
  })
})
