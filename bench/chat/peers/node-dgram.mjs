// A room over Node's own UDP, as one would write it: an address book, and a send for each member. Whoever sends is in it.

import dgram from 'node:dgram'

const members = new Map()
const socket = dgram.createSocket('udp4')

socket.on('message', (message, { address, port }) => {
  const key = `${address}:${port}`
  if (!members.has(key)) members.set(key, { address, port })
  const line = `<${key}> ${message}`
  for (const member of members.values()) socket.send(line, member.port, member.address)
})

socket.bind(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`listening ${socket.address().port}`)
})
