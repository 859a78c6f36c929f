// Node's own UDP: an echo over node:dgram with its default settings.
// This is the server a Node program has without lanework.

import dgram from 'node:dgram'

const socket = dgram.createSocket('udp4')

socket.on('message', (message, sender) => {
  socket.send(message, sender.port, sender.address)
})

socket.bind(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`listening ${socket.address().port}`)
})
