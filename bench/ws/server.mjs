// A server under measurement: `node server.mjs NAME SCENARIO`. Prints its address when it listens. Of each the plainest program that
// does the work: an echo, or a room in which each message goes to all.
import { WebSocketServer } from 'ws'

const [name, scenario] = process.argv.slice(2)

async function lanework() {
  const { prepare, serve, service } = await import('../../dist/server/index.js')
  const members = new Set()
  const room = {
    open: (peer) => void members.add(peer),
    close: (peer) => void members.delete(peer),
    message(message) {
      const prepared = prepare(String(message))
      for (const member of members) member.send(prepared)
    },
  }
  const echo = { message: (message) => String(message) }
  const definition = { name: scenario, ...(scenario === 'echo' ? echo : room) }
  const limits = { idleMs: 0, queueBytes: 64 * 1_048_576 }
  const server = await serve(service(definition), { listen: 'ws://127.0.0.1:0', limits })
  console.log(server.addresses[0])
}

function plain() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  server.on('connection', (socket) => {
    socket.on('message', (message) => {
      const text = String(message)
      if (scenario === 'echo') socket.send(text)
      else for (const client of server.clients) client.send(text)
    })
  })
  server.on('listening', () => console.log(`ws://127.0.0.1:${server.address().port}`))
}

if (name === 'ws') plain()
else await lanework()
