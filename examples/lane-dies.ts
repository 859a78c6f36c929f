// A lane is killed with kill -9. Its socket is the supervisor's, so what is sent meanwhile waits there for the successor.
import { EventEmitter, once } from 'node:events'
import { serve } from 'lanework'
import { udp } from 'lanework/io'

const service = new URL('./tasks/lane-services.js#where', import.meta.url)
const server = await serve(service, { listen: 'udp://127.0.0.1:0', lanes: 1, laneKind: 'process' })
const address = server.addresses[0] as string
const events = new EventEmitter()
server.on('laneEnded', ({ lane, reason }) => {
  console.log(`lane ${lane} ended: ${reason}`)
  events.emit('ended')
})

const client = udp()
const ask = async (text: string): Promise<number> => {
  await client.sendTo(text, address)
  const [answer, , pid] = String((await client.recvFrom(1024, { timeoutMs: 5_000 })).message).split(' ')
  console.log('answer:', answer)
  return Number(pid)
}

const first = await ask('before')
const ended = once(events, 'ended')
process.kill(first, 'SIGKILL')
const second = await ask('meanwhile')
await ended
console.log('another process answered:', second !== first)
console.log('restarts:', server.status().lanes[0]?.restarts)
await client.close()
await server.close()
