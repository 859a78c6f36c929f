// A room over the package ws, as its documentation shows it: a send for each client. With `prepared` the frame is made once and written to
// each socket as it is.

import { createServer } from 'node:http'
import WebSocket, { Sender, WebSocketServer } from 'ws'

const [port = '0', way = 'send'] = process.argv.slice(2)
const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
let count = 0

function send(text) {
  for (const client of sockets.clients) if (client.readyState === WebSocket.OPEN) client.send(text)
}

function sendPrepared(text) {
  const options = { fin: true, opcode: 1, mask: false, rsv1: false, readOnly: true }
  const frame = Buffer.concat(Sender.frame(Buffer.from(text), options))
  for (const client of sockets.clients) if (client.readyState === WebSocket.OPEN) client._socket.write(frame)
}

const broadcast = way === 'prepared' ? sendPrepared : send

sockets.on('connection', (client) => {
  const nick = `n${(count += 1)}`
  client.on('error', () => {})
  client.on('message', (data) => broadcast(JSON.stringify({ event: 'said', by: nick, text: data.toString() })))
})

server.listen(Number(port), '127.0.0.1', () => console.log(`listening ${server.address().port}`))
