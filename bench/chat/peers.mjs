// The servers that are measured: lanework as it is installed, and others beside it.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const peersFolder = 'bench/chat/peers'
const noLimits = ['--limit', 'none', '--limit-address', 'none', '--limit-room', 'none']

/** Transport of the load to the URL of a listener. */
function listener(transport, port) {
  if (transport === 'udp') return `udp://127.0.0.1:${port}`
  if (transport === 'lines') return `tcp://127.0.0.1:${port}`
  return transport === 'irc' ? `irc://127.0.0.1:${port}` : `ws://127.0.0.1:${port}/chat`
}

/** `history` is none, memory or disk. */
export function lanework(
  transport,
  { name = 'lanework', description = name, history = 'none', limits = noLimits } = {},
) {
  return {
    name,
    description,
    transport,
    isEchoed: transport === 'udp' || transport === 'page',
    command: (port, folder) =>
      [
        ['node', 'dist/cli/main.js', 'serve', 'chat', '--listen', listener(transport, port)],
        transport === 'udp' ? ['--open'] : [],
        ['--history', history === 'disk' ? join(folder, 'rooms') : history],
        limits,
      ].flat(),
  }
}

export const nodeDgram = {
  name: 'node-dgram',
  description: 'Node dgram, a send each',
  transport: 'udp',
  isEchoed: true,
  command: (port) => ['node', `${peersFolder}/node-dgram.mjs`, `${port}`],
}

export const pythonLoop = {
  name: 'python',
  description: 'Python, sendto each',
  transport: 'udp',
  isEchoed: true,
  command: (port) => ['python3', `${peersFolder}/python-loop.py`, `${port}`],
}

export const plainWs = {
  name: 'ws',
  description: 'ws, a send each',
  transport: 'ws',
  isEchoed: true,
  command: (port) => ['node', `${peersFolder}/plain-ws.mjs`, `${port}`, 'send'],
}

export const preparedWs = {
  name: 'ws-prepared',
  description: 'ws, one frame for all',
  transport: 'ws',
  isEchoed: true,
  command: (port) => ['node', `${peersFolder}/plain-ws.mjs`, `${port}`, 'prepared'],
}

export const ngircd = {
  name: 'ngircd',
  description: 'ngircd',
  transport: 'irc',
  isEchoed: false,
  // It says nothing when it is ready.
  isSilent: true,
  command: (port, folder) => {
    const path = join(folder, 'ngircd.conf')
    writeFileSync(path, ngircdConfiguration(port))
    // It does not raise the limit on descriptors by itself.
    return ['prlimit', '--nofile=20000', 'ngircd', '-n', '-f', path]
  },
}

/** All that limits or delays members is off. */
function ngircdConfiguration(port) {
  return `[Global]
Name = irc.bench.test
Info = bench
Listen = 127.0.0.1
Ports = ${port}
MotdPhrase = hello
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 16
MaxPenaltyTime = 0
PingTimeout = 600
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
CAFile =
`
}
