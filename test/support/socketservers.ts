/** The twelve servers of lanework/socketserver, and clients for them. */
import { connect, formatAddress, udp, type Address, type Scheme } from '#lanework/io/index.js'
import * as servers from '#lanework/socketserver/index.js'
import { can, isNative } from './capability.js'
import { freshPath } from './folder.js'

export interface ServerKind {
  readonly name: keyof typeof servers & `${string}Server`
  readonly scheme: Scheme
  readonly model: 'plain' | 'Threading' | 'Forking'
}

const schemes = { TCP: 'tcp', UDP: 'udp', UnixStream: 'unix', UnixDatagram: 'unix-dgram' } as const

/** All twelve, in the order of Python's documentation. */
export const serverKinds: readonly ServerKind[] = (['plain', 'Threading', 'Forking'] as const).flatMap((model) =>
  Object.entries(schemes).map(([middle, scheme]) => ({
    name: `${model === 'plain' ? '' : model}${middle}Server` as ServerKind['name'],
    scheme,
    model,
  })),
)

/** For node:test's `skip`. */
export function unlessServer({ name, scheme, model }: ServerKind): string | false {
  if (!isNative && model !== 'plain') return `${name} needs the addon`
  if (scheme === 'unix-dgram' && !can('unix-datagram')) return `${name} needs the addon`
  return false
}

export function freshAddress(scheme: Scheme): string {
  return scheme === 'tcp' || scheme === 'udp' ? `${scheme}://127.0.0.1:0` : `${scheme}:${freshPath()}`
}

/** Asks once and gives the whole answer: of a stream until its end. */
export async function ask(address: Address, question: string): Promise<string> {
  if (address.scheme === 'tcp' || address.scheme === 'unix') {
    const client = await connect(address)
    try {
      await client.send(question)
      client.end()
      const parts: Buffer[] = []
      for await (const chunk of client) parts.push(chunk)
      return Buffer.concat(parts).toString()
    } finally {
      await client.close()
    }
  }
  const client = udp()
  try {
    if (address.scheme === 'unix-dgram') await client.bind(freshAddress('unix-dgram'))
    await client.sendTo(question, formatAddress(address))
    return (await client.recvFrom(65_536, { timeoutMs: 60_000 })).message.toString()
  } finally {
    await client.close()
  }
}
