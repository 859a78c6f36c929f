/** Ten-line clients in Python against the real service: what a beginner writes just works, and so does the course's own client. */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { serve, type Server } from '#lanework/server/index.js'
import { chatService, joinRoom, type RoomLine } from '#lanework/services/chat/index.js'
import { until } from '../../../support/until.js'

const run = promisify(execFile)
const skip = ((): string | false => {
  try {
    execFileSync('python3', ['--version'])
    return false
  } catch {
    return 'python3 is not there'
  }
})()

/** Sends a text, receives, prints: as often as it has texts. */
const client = `
import sys
from socket import *
client = socket(AF_INET, SOCK_DGRAM)
client.settimeout(10)
for word in sys.argv[2:]:
    client.sendto(word.encode("utf-8"), ("127.0.0.1", int(sys.argv[1])))
    data, addr = client.recvfrom(1472)
    print(data.decode("utf-8"))
`

/** The same with bytes that are GBK. */
const gbkClient = `
import sys
from socket import *
client = socket(AF_INET, SOCK_DGRAM)
client.settimeout(10)
client.sendto("你好".encode("gbk"), ("127.0.0.1", int(sys.argv[1])))
data, addr = client.recvfrom(1472)
print(data[data.index(b"> ") + 2:].decode("gbk"))
`

/** Lines over TCP, with Python's file of a socket. */
const lineClient = `
import sys
from socket import *
with create_connection(("127.0.0.1", int(sys.argv[1])), 10) as client:
    lines = client.makefile("rw", encoding="utf-8")
    lines.write("/nick pythia\\nhello from lines\\n/names\\n")
    lines.flush()
    client.shutdown(SHUT_WR)
    print(lines.read(), end="")
`

async function python(program: string, ...words: (string | number)[]): Promise<string[]> {
  const { stdout } = await run('python3', ['-c', program, ...words.map(String)], {
    timeout: 30_000,
    env: { ...process.env, PYTHONUTF8: '1' },
  })
  return stdout.trimEnd().split('\n')
}

describe('ten-line clients in Python', { skip }, () => {
  let server: Server
  let ports: number[] = []
  before(async () => {
    server = await serve(chatService(), { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'] })
    ports = server.addresses.map((address) => Number(address.replace(/^.*:/, '')))
  })
  after(() => server.close())

  it('send and receive over UDP: what they say comes back with their name', async () => {
    const heard = await python(client, ports[0] ?? 0, 'client2', 'client2', '你好')
    const nick = /^<(\S+)>/.exec(heard[0] ?? '')?.[1]
    assert.deepEqual(heard, [`<${nick}> client2`, `<${nick}> client2`, `<${nick}> 你好`])
  })

  it('are several on one host, and each hears itself', async () => {
    const all = await Promise.all(['one', 'two', 'three'].map((word) => python(client, ports[0] ?? 0, word)))
    // Who came first may hear of the others before its own words.
    for (const heard of all) assert.equal(heard.length, 1)
  })

  it('may say what is no UTF-8: it comes back byte for byte, and others see it escaped', async () => {
    const watcher = await joinRoom(server.addresses[0] ?? '')
    const lines: RoomLine[] = []
    const watching = (async () => {
      for await (const line of watcher) lines.push(line)
    })()
    assert.deepEqual(await python(gbkClient, ports[0] ?? 0), ['你好'])
    await until('the watcher has it', () => lines.find(({ body }) => body === '\\xc4\\xe3\\xba\\xc3'))
    await watcher.close()
    await watching
  })

  it('speak lines over TCP, and are answered all they asked before the end', async () => {
    const heard = await python(lineClient, ports[1] ?? 0)
    assert.match(heard[0] ?? '', /^-- welcome to lanework: you are /)
    assert.ok(heard.includes('-- you are pythia now'))
    assert.match(heard.at(-1) ?? '', /^-- #lobby: .*pythia/)
  })
})
