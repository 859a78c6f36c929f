// The request handlers of the examples: threads and processes make them by their addresses, this module and a name.
import { threadId } from 'node:worker_threads'
import type { ByteStream } from 'lanework/io'
import { handler } from 'lanework/process'
import { BaseRequestHandler, StreamRequestHandler, type DatagramRequest } from 'lanework/socketserver'

/** Upper case, for connections and datagrams: the request of a datagram server has the datagram and the socket. */
export const Upper = handler(
  import.meta,
  'Upper',
  class extends BaseRequestHandler<ByteStream | DatagramRequest> {
    override async handle() {
      if ('recv' in this.request) {
        for await (const data of this.request) await this.request.send(String(data).toUpperCase())
      } else {
        const [data, socket] = this.request
        await socket.sendTo(String(data).toUpperCase(), this.clientAddress)
      }
    }
  },
)

/** Says where it runs. */
export const Where = handler(
  import.meta,
  'Where',
  class extends StreamRequestHandler {
    override async handle() {
      await this.wfile.write(`${process.pid} ${threadId}\n`)
    }
  },
)
