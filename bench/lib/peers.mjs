// The table of servers under test. Each command is started from the repository
// root, takes a free port by itself and prints a line that starts with
// "listening" and ends with the port.

const cli = ['node', 'dist/cli/main.js', 'serve']
const withoutNative = { LANEWORK_NO_NATIVE: '1' }
const borrow = 'bench/peers/lanework-borrow.mjs'

function compiled(name, description, transport) {
  return { name, description, transport, program: name, command: [`bench/build/${name}`, '0'] }
}

function script(name, description, transport, interpreter, file) {
  return { name, description, transport, command: [interpreter, `bench/peers/${file}`, '0'] }
}

function lanework(name, description, transport, service, environment = {}) {
  const command = [...cli, service, '--listen', `${transport}://127.0.0.1:0`]
  return { name, description, transport, command, environment, lanework: true }
}

export const peers = [
  { ...compiled('c-udp', 'C, recvmmsg and sendmmsg of up to 64', 'udp'), role: 'c' },
  compiled('go-udp', 'Go, ReadFromUDPAddrPort loop', 'udp'),
  { ...script('node-dgram', 'Node dgram', 'udp', 'node', 'node-dgram.mjs'), role: 'node' },
  lanework('lanework-udp', 'lanework, as installed', 'udp', 'echo'),
  lanework('lanework-borrow-udp', 'lanework, borrowed messages', 'udp', borrow),
  lanework('lanework-plain-udp', 'lanework without its native part', 'udp', 'echo', withoutNative),
  script('python-loop-udp', 'Python recvfrom loop', 'udp', 'python3', 'python-loop-udp.py'),
  script('python-socketserver-udp', 'Python UDPServer', 'udp', 'python3', 'python-socketserver-udp.py'),
  script('python-threading-udp', 'Python ThreadingUDPServer', 'udp', 'python3', 'python-threading-udp.py'),

  { ...compiled('c-tcp', 'C, epoll, one thread', 'tcp'), role: 'c' },
  compiled('go-tcp', 'Go, goroutine per connection', 'tcp'),
  { ...script('node-net', 'Node net', 'tcp', 'node', 'node-net.mjs'), role: 'node' },
  lanework('lanework-tcp', 'lanework, as installed', 'tcp', 'echo'),
  lanework('lanework-borrow-tcp', 'lanework, borrowed messages', 'tcp', borrow),
  lanework('lanework-plain-tcp', 'lanework without its native part', 'tcp', 'echo', withoutNative),
  script('python-asyncio-tcp', 'Python asyncio Protocol', 'tcp', 'python3', 'python-asyncio-tcp.py'),
  script('python-threading-tcp', 'Python ThreadingTCPServer', 'tcp', 'python3', 'python-threading-tcp.py'),
]

/** The servers a scenario asks for, narrowed to those named on the command line. */
export function selectPeers(scenario, peerNames) {
  const unknown = peerNames?.find((name) => !peers.some((peer) => peer.name === name))
  if (unknown) {
    throw new Error(`no peer "${unknown}"; there are ${peers.map((peer) => peer.name).join(', ')}`)
  }
  return peers.filter(
    (peer) =>
      peer.transport === scenario.transport &&
      (scenario.peerNames?.includes(peer.name) ?? true) &&
      (peerNames?.includes(peer.name) ?? true),
  )
}
