/** A service's module in the making: a file that a test writes and changes, and traffic that tells which version answers. */
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { freshPath } from './folder.ts'
import { clientOf, type Client } from './matrix.ts'

const serverUrl = import.meta.resolve('#lanework/server/index.js')
const framingUrl = import.meta.resolve('#lanework/framing/index.js')

export interface Versions {
  readonly url: URL
  /** Writes the module anew: it answers `VERSION MESSAGE`, and runs `start` when a `lane` starts. */
  write(version: string, start?: string): void
  /** Writes a module that is something else altogether. */
  writeText(text: string): void
}

export function versions(): Versions {
  const path = freshPath().replace(/sock$/, 'mjs')
  return {
    url: pathToFileURL(path),
    write: (version, start = '') => writeFileSync(path, moduleText(version, start)),
    writeText: (text) => writeFileSync(path, text),
  }
}

/** To `hold PATH` it answers once there is such a file, to `never` not at all. */
const moduleText = (version: string, start: string): string => `
import { existsSync } from 'node:fs'
import { lengthPrefix } from '${framingUrl}'
import { service } from '${serverUrl}'

export default service({
  name: 'versioned',
  framing: lengthPrefix({ bytes: 4 }),
  async start(lane) { ${start} },
  async message(message) {
    const [order, path] = String(message).split(' ')
    if (order === 'never') await new Promise(() => {})
    while (order === 'hold' && !existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5))
    return '${version} ' + message
  },
})
`

export async function ask(client: Client, message: string): Promise<string> {
  await client.send(message)
  return String(await client.receive())
}

/** Requests without a pause, until it is stopped; each carries a number of its own. */
export interface Traffic {
  readonly answered: number
  /** Which versions have answered so far. */
  readonly versions: ReadonlySet<string>
  /** Ends it, and throws if a request failed, or got no answer or that of another. */
  stop(): Promise<void>
}

/** Nothing goes on for ever, whatever the test does. */
const requestsLimit = 50_000

/** Datagrams of a few sockets, some of them always under way; or streams, a new connection for each request. */
export function traffic(address: string, wanted: { streams: boolean; clients: number }): Traffic {
  const seen = new Set<string>()
  let answered = 0
  let asked = 0
  let stopped = false
  const goesOn = (): boolean => !stopped && asked < requestsLimit
  const next = (): string => String(++asked)
  const note = (answer: string): string => {
    const [version = '', number = ''] = answer.split(' ')
    answered++
    seen.add(version)
    return number
  }
  const connecting = async (): Promise<void> => {
    while (goesOn()) {
      const client = await clientOf(address)
      const number = next()
      const got = note(await ask(client, number))
      if (got !== number) throw new Error(`Request ${number} got the answer to ${got}.`)
      await client.close()
    }
  }
  const sending = async (): Promise<void> => {
    const client = await clientOf(address)
    while (goesOn()) {
      const open = new Set(Array.from({ length: 8 }, next))
      for (const number of open) await client.send(number)
      while (open.size > 0) {
        const got = note(String(await client.receive()))
        if (!open.delete(got)) throw new Error(`The answer to ${got} came twice, or unasked.`)
      }
    }
    await client.close()
  }
  const running = Promise.allSettled(
    Array.from({ length: wanted.clients }, () => (wanted.streams ? connecting() : sending())),
  )
  return {
    get answered() {
      return answered
    },
    versions: seen,
    async stop() {
      stopped = true
      for (const result of await running) if (result.status === 'rejected') throw result.reason as Error
    },
  }
}
