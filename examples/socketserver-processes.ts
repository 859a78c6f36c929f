// Handlers in processes: ForkingTCPServer hands each connection to one of its lanes, or to a process of its own.
import { connect } from 'lanework/io'
import { ForkingTCPServer } from 'lanework/socketserver'
import { Where } from './tasks/requests.ts'

async function processes(server: ForkingTCPServer, requests: number) {
  const pids = new Set<number>()
  for (let request = 0; request < requests; request++) {
    const client = await connect(server.serverAddress)
    pids.add(Number(String(await client.read(64)).split(' ')[0]))
    await client.close()
  }
  return pids
}

for (const isolate of [false, true]) {
  const server = new ForkingTCPServer('tcp://127.0.0.1:0', Where)
  server.isolate = isolate
  await server.open()
  void server.serveForever()
  const pids = await processes(server, 3)
  console.log(`isolate ${isolate}: in other processes: ${!pids.has(process.pid)}`)
  console.log(`isolate ${isolate}: three requests, three processes: ${pids.size === 3}`)
  await server.serverClose()
}
