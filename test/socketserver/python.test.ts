/** The same handler and the same requests under Python's socketserver and ours: the same hooks in the same order, the same answers. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'

import { udp, type ByteStream } from '#lanework/io/index.js'
import * as servers from '#lanework/socketserver/index.js'
import { Trail } from '../fixtures/request-handlers.js'
import { ask, freshAddress, serverKinds, unlessServer, type ServerKind } from '../support/socketservers.js'
import { until } from '../support/until.js'

/** What one request led to. */
interface Seen {
  readonly hooks: readonly string[]
  readonly answer: string
}

type Case = 'hello' | 'throw' | 'refused'
const cases: readonly Case[] = ['hello', 'throw', 'refused']

const program = String.raw`
import json, os, shutil, socket, socketserver, tempfile, threading, time

folder = tempfile.mkdtemp()
log_path = os.path.join(folder, 'log')
log = os.open(log_path, os.O_CREAT | os.O_RDWR | os.O_APPEND)
parent = os.getpid()

def record(name):
    os.write(log, ('%d %s\n' % (os.getpid(), name)).encode())

class Trail(socketserver.BaseRequestHandler):
    def setup(self):
        self.trail = 'setup'
    def handle(self):
        data = self.request.recv(1024) if isinstance(self.request, socket.socket) else self.request[0]
        if data == b'throw':
            raise ValueError('as asked')
        self.trail += ',handle ' + data.decode().upper()
    def finish(self):
        answer = (self.trail + ',finish').encode()
        if isinstance(self.request, socket.socket):
            self.request.sendall(answer)
        else:
            self.request[1].sendto(answer, self.client_address)

hooks = ['get_request', 'verify_request', 'process_request', 'finish_request', 'shutdown_request', 'close_request', 'handle_error']

def recording(base):
    def hook(name):
        def method(self, *args):
            record(name)
            if name == 'handle_error':
                return None
            if name == 'verify_request':
                return not self.refuse
            return getattr(base, name)(self, *args)
        return method
    return type('Recording', (base,), dict([(name, hook(name)) for name in hooks], refuse=False))

def lines():
    with open(log_path) as file:
        return [line.split() for line in file.read().splitlines()]

def ask(address, text, kind, answered):
    if kind in ('TCP', 'UnixStream'):
        client = socket.socket(socket.AF_INET if kind == 'TCP' else socket.AF_UNIX)
        client.settimeout(20)
        client.connect(address)
        parts = []
        # A server that refuses may have closed before all is sent.
        try:
            client.sendall(text)
            client.shutdown(socket.SHUT_WR)
            part = client.recv(1024)
            while part:
                parts.append(part)
                part = client.recv(1024)
        except OSError:
            pass
        client.close()
        return b''.join(parts).decode()
    client = socket.socket(socket.AF_INET if kind == 'UDP' else socket.AF_UNIX, socket.SOCK_DGRAM)
    client.settimeout(20)
    client.bind(('127.0.0.1', 0) if kind == 'UDP' else os.path.join(folder, 'client%d' % time.monotonic_ns()))
    client.sendto(text, address)
    answer = client.recv(1024).decode() if answered else ''
    client.close()
    return answer

# After a fork the parent closes its copy of the request too.
def closed(model, case):
    wanted = 2 if model == 'Forking' and case != 'refused' else 1
    return [line[1] for line in lines()].count('close_request') >= wanted

def told(model, case):
    seen = lines()
    if model == 'Forking' and case != 'refused':
        seen = [line for line in seen if line[1] != 'close_request' or int(line[0]) != parent]
    return [line[1] for line in seen]

results = {}
for model in ['', 'Threading', 'Forking']:
    for kind in ['TCP', 'UDP', 'UnixStream', 'UnixDatagram']:
        name = model + kind + 'Server'
        base = getattr(socketserver, name, None)
        if base is None:
            mixin = getattr(socketserver, model + 'MixIn')
            base = type(name, (mixin, getattr(socketserver, kind + 'Server')), {})
        address = ('127.0.0.1', 0) if kind in ('TCP', 'UDP') else os.path.join(folder, name)
        server = recording(base)(address, Trail)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        results[name] = {}
        for case in ['hello', 'throw', 'refused']:
            os.ftruncate(log, 0)
            server.refuse = case == 'refused'
            answer = ask(server.server_address, case.encode(), kind, case != 'refused')
            limit = time.monotonic() + 20
            while not closed(model, case) and time.monotonic() < limit:
                time.sleep(0.005)
            results[name][case] = {'hooks': told(model, case), 'answer': answer}
        server.shutdown()
        thread.join()
        server.server_close()
shutil.rmtree(folder)
print(json.dumps(results))
`

function pythonsResults(): Record<string, Record<Case, Seen>> | string {
  const { stdout, stderr, status, error } = spawnSync('python3', ['-W', 'ignore', '-c', program], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (error !== undefined) return `python3 is not here: ${error.message}`
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout) as Record<string, Record<Case, Seen>>
}

const hooks = [
  'getRequest',
  'verifyRequest',
  'processRequest',
  'finishRequest',
  'shutdownRequest',
  'closeRequest',
  'handleError',
] as const

interface Recorded {
  readonly server: servers.BaseServer<ByteStream>
  readonly seen: string[]
  refuse: boolean
}

/** A server whose hooks write down that they were called. */
function recording({ name, scheme }: ServerKind): Recorded {
  const Server = servers[name] as unknown as new (address: string, Handler: unknown) => servers.BaseServer<ByteStream>
  const server = new Server(freshAddress(scheme), Trail)
  const recorded: Recorded = { server, seen: [], refuse: false }
  for (const hook of hooks) {
    const original = server[hook].bind(server) as (...args: unknown[]) => unknown
    const replacement = (...args: unknown[]): unknown => {
      recorded.seen.push(hook)
      if (hook === 'handleError') return undefined
      return hook === 'verifyRequest' ? !recorded.refuse : original(...args)
    }
    Object.defineProperty(server, hook, { value: replacement })
  }
  return recorded
}

async function resultOf(recorded: Recorded, which: Case): Promise<Seen> {
  recorded.seen.length = 0
  recorded.refuse = which === 'refused'
  const { server, seen } = recorded
  const closed = (): Promise<boolean> => until(`${which} is over`, () => seen.includes('closeRequest'))
  const isStream = ['tcp', 'unix'].includes(server.serverAddress.scheme)
  if (which === 'refused' && !isStream) {
    const client = udp()
    await client.bind(freshAddress(server.serverAddress.scheme))
    await client.sendTo(which, server.serverAddress)
    await closed()
    await client.close()
    return { hooks: [...seen], answer: '' }
  }
  const answer = await ask(server.serverAddress, which)
  await closed()
  return { hooks: [...seen], answer }
}

const fromPython = pythonsResults()

describe(
  "the order of hooks and the answers are those of Python's socketserver",
  {
    skip: typeof fromPython === 'string' ? fromPython : false,
  },
  () => {
    for (const kind of serverKinds) {
      it(kind.name, { skip: unlessServer(kind) }, async () => {
        const recorded = recording(kind)
        await using server = await recorded.server.open()
        void server.serveForever()
        for (const which of cases) {
          const results = fromPython as Record<string, Record<Case, Seen>>
          const { hooks: expected, answer } = (results[kind.name] as Record<Case, Seen>)[which]
          const camel = expected.map((name) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()))
          assert.deepEqual({ which, ...(await resultOf(recorded, which)) }, { which, hooks: camel, answer })
        }
      })
    }
  },
)
