// A connection as two files: rfile gives lines, wfile takes the answers.
import { connect } from 'lanework/io'
import { StreamRequestHandler, TCPServer } from 'lanework/socketserver'

class Greeter extends StreamRequestHandler {
  override readonly timeoutMs = 5_000

  override async handle() {
    const name = String(await this.rfile.readLine()).trim()
    let count = 0
    for await (const line of this.rfile) await this.wfile.write(`${name} ${++count}: ${String(line).toUpperCase()}`)
    console.log('server:', name, 'sent', count, 'lines')
  }
}

const server = await new TCPServer('tcp://127.0.0.1:0', Greeter).open()
const handling = server.handleRequest() // one, and no more

const client = await connect(server.serverAddress)
for (const part of ['Ada\nhel', 'lo\nhow are', ' you\n']) await client.send(part)
client.end()
const answer = []
for await (const chunk of client) answer.push(chunk)
console.log(Buffer.concat(answer).toString().trimEnd())
await client.close()
await handling
await server.serverClose()
