// New lanes replace the old ones while clients go on: no request is lost, and an open connection is served to its end.
import { serve } from 'lanework'
import { connect, udp } from 'lanework/io'

const service = new URL('./tasks/lane-services.js#where', import.meta.url)
const server = await serve(service, {
  listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'],
  lanes: 2,
  laneKind: 'process',
})
const [datagrams, streams] = server.addresses as [string, string]
const connection = await connect(streams)
const client = udp()
let asked = 0
let answered = 0
const over = new AbortController()

const talk = async (): Promise<void> => {
  while (!over.signal.aborted) {
    asked++
    await client.sendTo('hello', datagrams)
    await client.recvFrom(1024, { timeoutMs: 5_000 })
    answered++
  }
}

const talking = talk()
const report = await server.reload()
console.log('generation', report.generation, 'serves with lanes:', report.lanes)
await connection.send('still here\n')
console.log('the open connection:', String(await connection.recv(1024)).startsWith('STILL HERE'))
await connection.close()
over.abort()
await talking
console.log('requests without an answer:', asked - answered)
console.log('connections cut off:', (await report.drained).connectionsAborted)
await client.close()
await server.close()
