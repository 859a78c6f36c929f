/** What clients, handlers and owners do that is not the rule. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { describe, it } from 'node:test'

import { isLaneworkError } from '#lanework/core/index.js'
import { connect, udp, type Address, type ByteStream } from '#lanework/io/index.js'
import { Value } from '#lanework/process/index.js'
import {
  BaseRequestHandler,
  ForkingMixIn,
  ForkingTCPServer,
  StreamRequestHandler,
  TCPServer,
  ThreadingMixIn,
  ThreadingTCPServer,
  UDPServer,
  UnixStreamServer,
} from '#lanework/socketserver/index.js'
import { Counter, Impatient, Large, RawDatagram, Remembers, UpperLines, Whole } from '../fixtures/request-handlers.js'
import { unless } from '../support/capability.js'
import { freshPath } from '../support/folder.js'
import { ask } from '../support/socketservers.js'
import { gate, until } from '../support/until.js'

const anywhere = 'tcp://127.0.0.1:0'
const unlessHandedOver = unless('connections-handed-over')
const streamServers: readonly { Server: typeof TCPServer; skip: string | false }[] = [
  { Server: TCPServer, skip: false },
  { Server: ThreadingTCPServer, skip: unlessHandedOver },
  { Server: ForkingTCPServer, skip: unlessHandedOver },
]

/** How many this process has; 0 where the system does not tell. */
function openDescriptors(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0
}

/** Errors of requests, as they are told. */
function errorsOf(server: TCPServer): unknown[] {
  const errors: unknown[] = []
  server.events.on('requestError', ({ error }) => errors.push(error))
  return errors
}

for (const { Server, skip } of streamServers) {
  describe(`${Server.name} and its clients`, { skip }, () => {
    it('outlives clients that leave without a word', async () => {
      await using server = await new Server(anywhere, UpperLines).open()
      const errors = errorsOf(server)
      void server.serveForever()
      for (let count = 0; count < 10; count++) await (await connect(server.serverAddress)).close()
      assert.equal(await ask(server.serverAddress, 'here\n'), 'HERE\n')
      assert.deepEqual(errors, [])
    })

    it('outlives clients that reset, and tells of the request that failed', async () => {
      await using server = await new Server(anywhere, UpperLines).open()
      const errors = errorsOf(server)
      void server.serveForever()
      const client = await connect(server.serverAddress)
      await client.send('a\n')
      assert.equal(String(await client.recv(2)), 'A\n')
      client.reset()
      await until('the reset is told', () => errors.length > 0)
      assert.ok(isLaneworkError(errors[0], 'CONNECTION_RESET'), String(errors[0]))
      assert.equal(await ask(server.serverAddress, 'here\n'), 'HERE\n')
    })

    it('hands over what the client sent, wherever it was cut', async () => {
      await using server = await new Server(anywhere, Whole).open()
      void server.serveForever()
      for (const cut of [0, 1, 3, 4, 7, 8]) {
        const client = await connect(server.serverAddress)
        if (cut > 0) await client.send('abcdefgh'.slice(0, cut))
        await new Promise((resolve) => setImmediate(resolve))
        if (cut < 8) await client.send('abcdefgh'.slice(cut))
        assert.equal(String(await client.read(8)), 'efghabcd')
        assert.equal((await client.recv()).length, 0)
        await client.close()
      }
    })

    it('sends a large answer to the end, though nobody waits for it', async () => {
      await using server = await new Server(anywhere, Large).open()
      void server.serveForever()
      assert.equal((await ask(server.serverAddress, '')).length, 4_000_000)
    })

    it('gives a client up that keeps its handler waiting longer than timeoutMs', async () => {
      await using server = await new Server(anywhere, Impatient).open()
      const errors = errorsOf(server)
      void server.serveForever()
      const client = await connect(server.serverAddress)
      assert.equal((await client.recv()).length, 0)
      assert.ok(isLaneworkError(errors[0], 'TIMED_OUT'), String(errors[0]))
      await client.close()
    })

    it('does not serve what verifyRequest refuses', async () => {
      class Picky extends Server {
        override verifyRequest(_request: ByteStream, client: Address): boolean {
          return client.scheme !== 'tcp'
        }
      }
      await using server = await new Picky(anywhere, UpperLines).open()
      void server.serveForever()
      assert.equal(await ask(server.serverAddress, ''), '')
    })

    it('calls handleTimeout when handleRequest waited in vain', async () => {
      let timeouts = 0
      class Patient extends Server {
        override timeoutMs: number | undefined = 5
        override handleTimeout(): void {
          timeouts += 1
        }
      }
      await using server = await new Patient(anywhere, UpperLines).open()
      await server.handleRequest()
      assert.equal(timeouts, 1)
      server.timeoutMs = undefined
      const handling = server.handleRequest()
      assert.equal(await ask(server.serverAddress, 'now\n'), 'NOW\n')
      await handling
      assert.equal(timeouts, 1)
    })

    it('is freed by serverClose, also while it serves', async () => {
      const server = await new Server(anywhere, UpperLines).open()
      const serving = server.serveForever()
      assert.equal(await ask(server.serverAddress, 'a\n'), 'A\n')
      await server.serverClose()
      await serving
      await assert.rejects(connect(server.serverAddress), (error) => isLaneworkError(error, 'CONNECTION_REFUSED'))
      await assert.rejects(server.serveForever(), (error) => isLaneworkError(error, 'CLOSED'))
    })

    it('rejects serveForever with what handleError throws', async () => {
      class Strict extends Server {
        override handleError(_request: ByteStream, _client: Address, error: unknown): void {
          throw error
        }
      }
      const server = await new Strict(anywhere, UpperLines).open()
      const serving = assert.rejects(server.serveForever(), RangeError)
      assert.equal(await ask(server.serverAddress, 'throw\n'), '')
      await serving
      await server.serverClose()
    })
  })
}

describe('a server whose handlers run elsewhere', { skip: unlessHandedOver }, () => {
  it('refuses a handler without an address', () => {
    const Anonymous = class extends StreamRequestHandler {}
    assert.throws(
      () => new ThreadingTCPServer(anywhere, Anonymous),
      (error) => isLaneworkError(error, 'TASK_INVALID'),
    )
  })

  it('tells of requests whose process was killed, and serves the next ones', async () => {
    await using server = await new ForkingTCPServer(anywhere, UpperLines).open()
    const errors = errorsOf(server)
    void server.serveForever()
    assert.equal(await ask(server.serverAddress, 'die\n'), '')
    await until('the death is told', () => errors.length > 0)
    assert.ok(isLaneworkError(errors[0], 'PROCESS_DIED'), String(errors[0]))
    assert.equal(await ask(server.serverAddress, 'next\n'), 'NEXT\n')
  })

  it('serves more requests at once than it has lanes', async () => {
    await using server = new ThreadingTCPServer(anywhere, UpperLines)
    server.lanes = 1
    await server.open()
    void server.serveForever()
    const silent = await connect(server.serverAddress)
    await silent.send('first\n')
    assert.equal(String(await silent.recv()), 'FIRST\n')
    assert.equal(await ask(server.serverAddress, 'second\n'), 'SECOND\n')
    assert.equal(server.laneStatus.length, 1)
    await silent.close()
  })

  it('lets handlers share what its owner gave them', async () => {
    using served = new Value('i32', 0)
    for (const Server of [ThreadingTCPServer, ForkingTCPServer]) {
      await using server = new Server(anywhere, Counter)
      server.context = { served }
      await server.open()
      void server.serveForever()
      for (let count = 0; count < 4; count++) await ask(server.serverAddress, '')
    }
    assert.equal(served.get(), 8)
  })

  it('keeps a process from request to request, unless each is to be isolated', async () => {
    for (const isolate of [false, true]) {
      await using server = new ForkingTCPServer(anywhere, Remembers)
      server.isolate = isolate
      await server.open()
      void server.serveForever()
      const answers = [await ask(server.serverAddress, ''), await ask(server.serverAddress, '')]
      assert.deepEqual(answers, isolate ? ['0', '0'] : ['0', '1'])
    }
  })

  it('has no more than maxChildren requests in hand', async () => {
    await using server = new ForkingTCPServer(anywhere, UpperLines)
    server.maxChildren = 1
    await server.open()
    void server.serveForever()
    const first = await connect(server.serverAddress)
    await first.send('first\n')
    assert.equal(String(await first.recv()), 'FIRST\n')
    const second = ask(server.serverAddress, 'second\n')
    assert.deepEqual(
      server.laneStatus.map(({ inFlight }) => inFlight),
      [1],
    )
    await first.close()
    assert.equal(await second, 'SECOND\n')
  })

  it('finishes what is in hand when it closes, and waits for it if blockOnClose', async () => {
    for (const blockOnClose of [true, false]) {
      const server = new ThreadingTCPServer(anywhere, UpperLines)
      server.blockOnClose = blockOnClose
      await server.open()
      void server.serveForever()
      const client = await connect(server.serverAddress)
      await client.send('before\n')
      assert.equal(String(await client.recv()), 'BEFORE\n')
      const closing = server.serverClose()
      if (!blockOnClose) await closing
      await client.send('after\n')
      assert.equal(String(await client.recv()), 'AFTER\n')
      await client.close()
      await closing
      await until('the lanes have ended', () => server.laneStatus.length === 0)
    }
  })

  it('leaves its lanes to themselves with daemonThreads, and they finish', async () => {
    const server = new ThreadingTCPServer(anywhere, UpperLines)
    server.daemonThreads = true
    await server.open()
    void server.serveForever()
    const client = await connect(server.serverAddress)
    await client.send('before\n')
    assert.equal(String(await client.recv()), 'BEFORE\n')
    await server.serverClose()
    await client.send('after\n')
    client.end()
    assert.equal(String(await client.read(6)), 'AFTER\n')
    assert.equal((await client.recv()).length, 0)
    await client.close()
  })

  it("is made of anybody's server by a mixin", async () => {
    class Mine extends UnixStreamServer {
      served = 0
      override serviceActions(): void {
        this.served += 1
      }
    }
    class Threading extends ThreadingMixIn(Mine) {}
    class Forking extends ForkingMixIn(Mine) {}
    for (const Server of [Threading, Forking]) {
      await using server = await new Server(`unix:${freshPath()}`, UpperLines).open()
      void server.serveForever()
      assert.equal(await ask(server.serverAddress, 'mine\n'), 'MINE\n')
      await until('serviceActions was called', () => server.served > 0)
    }
  })
})

describe('a server', () => {
  it('refuses an address of another kind', () => {
    assert.throws(
      () => new TCPServer('udp://127.0.0.1:0', UpperLines),
      (error) => isLaneworkError(error, 'OPTION_INVALID'),
    )
  })

  it('serves one request after the other', async () => {
    const { opened, open } = gate()
    let inHand = 0
    let most = 0
    class Slow extends BaseRequestHandler<ByteStream> {
      override async handle(): Promise<void> {
        most = Math.max(most, ++inHand)
        await opened
        inHand -= 1
      }
    }
    await using server = await new TCPServer(anywhere, Slow).open()
    void server.serveForever()
    const asking = [ask(server.serverAddress, ''), ask(server.serverAddress, '')]
    await until('one is in hand', () => inHand === 1)
    open()
    await Promise.all(asking)
    assert.equal(most, 1)
  })

  it('calls serviceActions when nothing comes', async () => {
    const { opened, open } = gate()
    class Busy extends TCPServer {
      override serviceActions(): void {
        open()
      }
    }
    await using server = await new Busy(anywhere, UpperLines).open()
    void server.serveForever(1)
    await opened
  })

  it('calls finish after a handle that threw, and not after such a setup', async () => {
    const called: string[] = []
    class Noting extends BaseRequestHandler<ByteStream> {
      override async setup(): Promise<void> {
        called.push('setup')
        if (String(await this.request.recv()) === 'setup') throw new Error('in setup')
      }
      override handle(): void {
        called.push('handle')
        throw new Error('in handle')
      }
      override finish(): void {
        called.push('finish')
      }
    }
    await using server = await new TCPServer(anywhere, Noting).open()
    errorsOf(server)
    void server.serveForever()
    await ask(server.serverAddress, 'setup')
    await ask(server.serverAddress, 'handle')
    assert.deepEqual(called, ['setup', 'setup', 'handle', 'finish'])
  })

  it('may be closed by its handler', async () => {
    let server: TCPServer | undefined
    class Closing extends BaseRequestHandler<ByteStream> {
      override async handle(): Promise<void> {
        await server?.serverClose()
        await this.request.send('closed')
      }
    }
    server = await new TCPServer(anywhere, Closing).open()
    const serving = server.serveForever()
    assert.equal(await ask(server.serverAddress, ''), 'closed')
    await serving
  })

  it('leaks nothing when it cannot bind', async () => {
    await using server = await new TCPServer(anywhere, UpperLines).open()
    const { serverAddress } = server
    const before = openDescriptors()
    for (let count = 0; count < 100; count++) {
      await assert.rejects(new TCPServer(serverAddress, UpperLines).open(), (error) =>
        isLaneworkError(error, 'ADDRESS_IN_USE'),
      )
    }
    assert.equal(openDescriptors(), before)
  })

  it('cuts datagrams at maxPacketSize', async () => {
    await using server = new UDPServer('udp://127.0.0.1:0', RawDatagram)
    server.maxPacketSize = 4
    await server.open()
    void server.serveForever()
    const client = udp()
    await client.sendTo('seven b', server.serverAddress)
    assert.equal(String(await client.recv(100, { timeoutMs: 15_000 })), '4 bytes')
    await client.close()
  })

  it('warns of a request that failed when nobody listens, with nothing a terminal would obey', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    class Evil extends BaseRequestHandler<ByteStream> {
      override handle(): void {
        throw new Error('bell \u0007, escape \u001b[31m')
      }
    }
    await using server = await new TCPServer(anywhere, Evil).open()
    void server.serveForever()
    await ask(server.serverAddress, '')
    const warning = await warned
    assert.equal(warning.name, 'RequestWarning')
    assert.match(warning.message, /bell \\x07, escape \\x1b\[31m/)
  })
})
