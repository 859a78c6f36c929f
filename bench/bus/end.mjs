// One end of bench/bus/run.mjs: hears messages and tells once it has heard all of them; echoes requests.
import { connect } from 'node:net'
/* oxlint-disable unicorn/require-post-message-target-origin -- ports of threads, not windows */
import { parentPort } from 'node:worker_threads'
import { connectBus } from '../../dist/bus/index.js'

const [kind, path, count, echo] = process.argv.slice(2)
const tell = (message) => (parentPort === null ? process.send(message) : parentPort.postMessage(message))
let heard = 0
const hear = () => {
  if (++heard === Number(count)) tell('heard')
}

const kinds = {
  async bus() {
    const bus = await connectBus(path)
    const wants = [bus.subscribe('chat.room.lobby', hear), bus.respond(echo, (payload) => payload)]
    await Promise.all(wants.map(({ ready }) => ready))
  },
  lines: () =>
    new Promise((resolve) => {
      const socket = connect(path, resolve)
      let rest = ''
      socket.setEncoding('utf8').on('data', (chunk) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop()
        for (const line of lines) {
          const { kind: wanted, payload } = JSON.parse(line)
          if (wanted === 'message') hear()
          else socket.write(`${JSON.stringify({ payload })}\n`)
        }
      })
    }),
  async port() {
    parentPort.on('message', ({ kind: wanted, payload }) => {
      if (wanted === 'message') hear()
      else parentPort.postMessage(payload)
    })
  },
}

await kinds[kind]()
tell('ready')
