// The same handler in the calling thread, in worker threads, in processes: only laneKind differs.
import { serve } from 'lanework'
import { udp } from 'lanework/io'

const service = new URL('./tasks/lane-services.js#where', import.meta.url)

for (const laneKind of ['inline', 'thread', 'process'] as const) {
  const lanes = laneKind === 'inline' ? 1 : 2
  const server = await serve(service, { listen: 'udp://127.0.0.1:0', lanes, laneKind, spread: 'round-robin' })
  const workers = new Set<string>()
  const client = udp()
  for (let round = 0; round < 40 && workers.size < lanes; round++) {
    await client.sendTo('hello', server.addresses[0] as string)
    const [text, kind, pid, thread] = String((await client.recvFrom(1024, { timeoutMs: 5_000 })).message).split(' ')
    if (round === 0) console.log(`${kind}: ${text}, in this process: ${Number(pid) === process.pid}`)
    workers.add(`${pid} ${thread}`)
  }
  console.log(`${laneKind}: lanes that answered: ${workers.size} of ${lanes}`)
  await client.close()
  await server.close()
}
