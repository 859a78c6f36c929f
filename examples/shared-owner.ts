// What must be one: a counter that lanes in two processes share. It runs once per server, in a place of its own.
import { serve } from 'lanework'
import { udp } from 'lanework/io'

const service = new URL('./tasks/lane-services.js#numbers', import.meta.url)
const server = await serve(service, {
  listen: 'udp://127.0.0.1:0',
  lanes: 2,
  laneKind: 'process',
  spread: 'round-robin',
})
const client = udp()
for (const text of ['one', 'two', 'three', 'four']) {
  await client.sendTo(text, server.addresses[0] as string)
  console.log(String((await client.recvFrom(1024, { timeoutMs: 5_000 })).message))
}
const { shared, lanes } = server.status()
console.log('in a process of its own:', lanes.every(({ pid }) => pid !== shared?.pid) && shared?.pid !== process.pid)
await client.close()
await server.close()
