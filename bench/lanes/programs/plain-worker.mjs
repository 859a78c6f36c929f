// A worker for node:cluster and pm2, written as their manuals advise: it answers lines or datagrams, and when it is told to
// go it stops accepting, ends the connections that wait for nothing, and leaves when the last has ended.

import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { handle } from './handlers.mjs'

const lf = 0x0a
const lastMs = 4_000

/** Serves one transport; resolves, once it listens, to a function that ends it. */
export function serveLines(transport, port) {
  return transport === 'udp' ? serveDatagrams(port) : serveStreams(port)
}

function serveStreams(port) {
  const sockets = new Set()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    let rest = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let from = 0
      socket.cork()
      for (let end; (end = bytes.indexOf(lf, from)) >= 0; from = end + 1) {
        socket.write(handle(bytes.subarray(from, end + 1)))
      }
      socket.uncork()
      rest = bytes.subarray(from)
    })
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  const end = () =>
    new Promise((resolve) => {
      server.close(resolve)
      for (const socket of sockets) socket.end()
      setTimeout(resolve, lastMs).unref()
    })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', backlog: 4_096 }, () => resolve(end))
  })
}

function serveDatagrams(port) {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  socket.on('message', (message, { port: from, address }) => socket.send(handle(message), from, address))
  // What was answered last is sent in the next turn of the loop.
  const end = () => new Promise((resolve) => setImmediate(() => socket.close(resolve)))
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ port, address: '127.0.0.1' }, () => resolve(end))
  })
}
