/** A port that nobody uses now, over UDP nor over TCP, for what must be bound twice in a row or by another program. */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { randomInt } from 'node:crypto'

/** Below the ports that the system gives to those who do not ask for one (32,768 and up on Linux), clients' among them. */
const [first, last] = [10_240, 32_000]

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, last)
    if ((await isFreeOverTcp(port)) && (await isFreeOverUdp(port))) return port
  }
}

function isFreeOverTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function isFreeOverUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => {
      socket.close()
      resolve(false)
    })
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)))
  })
}
