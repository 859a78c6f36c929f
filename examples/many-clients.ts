// Many clients at once: one handler, called for each message of each connection, and nobody waits in line.
import { lines, serve, service } from 'lanework'
import { connect } from 'lanework/io'

const upper = service({
  name: 'upper',
  framing: lines(),
  message: (message) => String(message).toUpperCase(),
})

const server = await serve(upper, { listen: 'tcp://127.0.0.1:0' })
const address = String(server.addresses[0])

const clients = []
for (let number = 1; number <= 100; number++) clients.push(await connect(address))
for (const [index, client] of clients.entries()) await client.send(`client ${index + 1}\n`)

// The last one hears its answer first: all the others are still connected.
const replies = []
for (const client of clients.toReversed()) replies.push(String(await client.recv(1024)).trim())
console.log('connections at once:', server.status().listeners[0]?.connections)
console.log('first answer read:', replies[0])
console.log('last answer read:', replies.at(-1))
console.log('answers:', new Set(replies).size)

for (const client of clients) await client.close()
await server.close()
