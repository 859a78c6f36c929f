// Node's own TCP: an echo over node:net with TCP_NODELAY and backpressure.
// The chunk is written back as it came, which is the cheapest echo Node has.

import net from 'node:net'

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on('data', (chunk) => {
    if (!socket.write(chunk)) socket.pause()
  })
  socket.on('drain', () => socket.resume())
  socket.on('error', () => socket.destroy())
})

server.listen({ port: Number(process.argv[2] ?? 0), host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`listening ${server.address().port}`)
})
