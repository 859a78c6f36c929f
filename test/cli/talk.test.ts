/** `lanework talk` in a pipe: replies, exit codes, and plain words when nobody answers. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { lines } from '#lanework/framing/index.js'
import { nativeStatus, tcp, udp } from '#lanework/io/index.js'
import { serve, service, type Server } from '#lanework/server/index.js'
import { upper } from '#lanework/services/echo/index.js'
import { lanework } from '../support/command.js'
import { freePort } from '../support/free-port.js'
import { freshPath } from '../support/folder.js'

describe('talk', () => {
  let server: Server
  before(async () => {
    const unixDatagram = nativeStatus().available ? [`unix-dgram:${freshPath()}`] : []
    server = await serve(upper, {
      listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', 'ws://127.0.0.1:0/up', `unix:${freshPath()}`, ...unixDatagram],
    })
  })
  after(() => server.close())

  test('sends each line of a pipe as a message and prints the replies, over every transport', async () => {
    for (const address of server.addresses) {
      const { code, stdout } = await lanework(['talk', address], 'a\nb c\n')
      assert.equal(stdout, 'A\nB C\n', address)
      assert.equal(code, 0)
    }
  })

  test('keeps what the pipe holds: blanks, empty lines over streams, a last line without its newline', async () => {
    const { stdout } = await lanework(['talk', server.addresses[1] as string], ' a \n\nb')
    assert.equal(stdout, ' A \n\nB\n')
  })

  test('an empty line is an empty datagram, and its reply an empty line', async () => {
    const { stdout } = await lanework(['talk', server.addresses[0] as string], 'a\n\nb\n')
    assert.deepEqual(stdout.split('\n').toSorted(), ['', '', 'A', 'B'])
  })

  test('a long pipe over UDP loses nothing', async () => {
    const input = Array.from({ length: 2_000 }, (_, index) => `m${index}\n`).join('')
    const { stdout } = await lanework(['talk', server.addresses[0] as string], input)
    assert.equal(stdout, input.toUpperCase())
  })

  test('--verbose shows the sender and the round-trip time', async () => {
    const address = server.addresses[0] as string
    const { stdout, stderr } = await lanework(['talk', address, '--verbose'], 'a\n')
    assert.match(stdout, new RegExp(`^${address}\\s+[\\d.]+ ms  A\n$`))
    assert.match(stderr, /1 sent, 1 received; round trip min/)
  })

  test('--hex shows bytes', async () => {
    const { stdout } = await lanework(['talk', server.addresses[0] as string, '--hex'], 'hi\n')
    assert.match(stdout, /0000 {2}48 49 +HI/)
  })

  test('--json tells everything, one value a line', async () => {
    const { stdout } = await lanework(['talk', server.addresses[0] as string, '--json'], 'hi\n')
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepEqual(
      events.map(({ event }) => event),
      ['sent', 'message', 'end'],
    )
    assert.equal(events[1]?.['text'], 'HI')
    assert.equal(typeof events[1]?.['roundTripMs'], 'number')
    assert.deepEqual(events[2], { event: 'end', sent: 1, received: 1, unanswered: 0 })
  })
})

test('a closed port is named, with exit code 4', async () => {
  const port = await freePort()
  for (const scheme of ['udp', 'tcp']) {
    const { code, stderr, stdout } = await lanework(['talk', `${scheme}://127.0.0.1:${port}`], 'hi\n')
    assert.equal(code, 4, scheme)
    assert.match(stderr, /Nobody listens on .*: the port is closed/)
    assert.equal(stdout, '')
  }
})

test('silence is named, with exit code 3', async () => {
  const silent = await udp().bind('udp://127.0.0.1:0')
  const { port } = silent.address as { port: number }
  const { code, stderr } = await lanework(['talk', `udp://127.0.0.1:${port}`, '--wait', '200'], 'hi\n')
  assert.equal(code, 3)
  assert.match(stderr, /Nobody at udp:\/\/127\.0\.0\.1:\d+ answered within 200 ms/)
  await silent.close()
  const json = await lanework(['talk', `udp://127.0.0.1:${port}`, '--wait', '200', '--json'], '')
  assert.equal(json.code, 0, 'nothing sent, nothing expected')
})

test('a silent stream is NO_ANSWER too', async () => {
  const listener = await tcp().bind('tcp://127.0.0.1:0')
  await listener.listen()
  const { port } = listener.address as { port: number }
  const { code, stderr } = await lanework(['talk', `tcp://127.0.0.1:${port}`, '--wait', '200', '--json'], 'hi\n')
  assert.equal(code, 3)
  assert.equal((JSON.parse(stderr) as { error: { code: string } }).error.code, 'NO_ANSWER')
  await listener.close()
})

test('a server that closes without an answer is told apart from silence', async () => {
  const server = await serve(upper, { listen: 'tcp://127.0.0.1:0', limits: { frameBytes: 4 }, framing: lines() })
  const { code, stderr } = await lanework(['talk', server.addresses[0] as string, '--json'], 'too long\n')
  assert.equal(code, 3)
  assert.equal((JSON.parse(stderr) as { error: { code: string } }).error.code, 'CLOSED_WITHOUT_ANSWER')
  await server.close()
})

test('terminal escapes from the network are shown, not obeyed', async () => {
  const rude = await serve(service({ name: 'rude', message: () => '\u001b[2Jgone\u0007' }), {
    listen: 'udp://127.0.0.1:0',
  })
  const { stdout } = await lanework(['talk', rude.addresses[0] as string, '--verbose'], 'hi\n')
  assert.ok(stdout.includes('\\x1b[2Jgone\\x07'))
  assert.ok(!stdout.includes('\u001b'))
  await rude.close()
})

test('framing is chosen by flag', async () => {
  const server = await serve(upper, { listen: 'tcp://127.0.0.1:0' })
  const { stdout } = await lanework(['talk', server.addresses[0] as string, '--framing', 'netstring'], 'abc\n')
  assert.equal(stdout, 'ABC\n')
  await server.close()
})

test('a bad address exits with 2 and says the forms', async () => {
  const { code, stderr } = await lanework(['talk', 'localhost:9001'], '')
  assert.equal(code, 2)
  assert.match(stderr, /known are udp, tcp, ws, unix, unix-dgram/)
})
