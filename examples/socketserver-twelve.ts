// One handler, twelve servers: four kinds of sockets, each with handlers here, in threads and in processes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, udp } from 'lanework/io'
import * as servers from 'lanework/socketserver'
import { Upper } from './tasks/requests.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanework-'))
const addresses = {
  TCP: 'tcp://127.0.0.1:0',
  UDP: 'udp://127.0.0.1:0',
  UnixStream: `unix:${folder}/stream`,
  UnixDatagram: `unix-dgram:${folder}/datagram`,
}

for (const model of ['', 'Threading', 'Forking'] as const) {
  for (const kind of ['TCP', 'UDP', 'UnixStream', 'UnixDatagram'] as const) {
    const name = `${model}${kind}Server` as const
    const server = await new servers[name](addresses[kind], Upper).open()
    void server.serveForever()
    const text = `hello, ${name}`
    if (kind === 'TCP' || kind === 'UnixStream') {
      const client = await connect(server.serverAddress)
      await client.send(text)
      console.log(String(await client.recv(1024)))
      await client.close()
    } else {
      const client = udp()
      await client.sendTo(text, server.serverAddress)
      console.log(String(await client.recv(1024, { timeoutMs: 5_000 })))
      await client.close()
    }
    await server.serverClose()
  }
}
rmSync(folder, { recursive: true })
