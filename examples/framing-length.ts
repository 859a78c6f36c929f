// A length in front of each message: any bytes may be inside, a newline too, and a message may be empty.
// Who announces too much is refused at the announcement, before the bytes come.
import { lengthPrefix } from 'lanework/framing'
import { connect, listen } from 'lanework/io'

const listener = await listen('tcp://127.0.0.1:0')
const framing = lengthPrefix({ bytes: 2 })

const client = await connect(listener.address)
for (const message of ['two\nlines', '', 'end']) await client.send(framing.encode(message))
await client.send(Buffer.from([0xff, 0xff])) // Announces 65,535 bytes.

const server = await listener.accept()
const decoder = framing.decoder(1024)
try {
  for await (const chunk of server) {
    decoder.push(chunk)
    for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
      console.log('message:', JSON.stringify(String(message)))
    }
  }
} catch (error) {
  console.log(String(error))
}

await client.close()
await server.close()
await listener.close()
