// A time server in a few lines: the request is a format, the answer the time in it.
import { serve, service, udp } from 'lanework'
import { strftime } from 'lanework/services/time'

const time = service({
  name: 'time',
  message(format) {
    // A zone may stand in front: `@Asia/Tokyo %H:%M`.
    const [, timeZone = 'UTC', rest = ''] = /^(?:@(\S+) )?(.*)$/s.exec(String(format)) ?? []
    return strftime(rest, new Date(), { timeZone, limitBytes: 200 })
  },
})
const server = await serve(time, { listen: 'udp://127.0.0.1:0' })

const client = await udp().connect(server.addresses[0] as string)
async function ask(format: string) {
  await client.send(format)
  return String(await client.recv(1024, { timeoutMs: 5_000 }))
}
for (const format of ['%H:%M', '%A, %e %B %Y', 'it is %j days into the year']) {
  console.log('%s -> %s', format, await ask(format))
}
console.log('asked for Tokyo:', await ask('@Asia/Tokyo %H:%M %Z'))
await client.close()
await server.close()
