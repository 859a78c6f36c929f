/** Members of a chat as its users have them: sockets that send text and keep every line that comes. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { after } from 'node:test'
import WebSocket from 'ws'
import { until } from '../../../support/until.ts'

export interface Member {
  /** All that came, without line ends; of pages one JSON value each. */
  readonly lines: readonly string[]
  readonly isOpen: boolean
  /** Text, without a line end. */
  send(text: string): void
  /** The first line from `from` on that it has, or gets, which matches. */
  hears(pattern: RegExp, from?: number): Promise<string>
  /** Stops reading. */
  pause(): void
  close(): void
}

interface Way {
  send(text: string): void
  pause(): void
  close(): void
}

const opened = new Set<Member>()
after(() => opened.forEach((member) => member.close()))

function memberOf(way: Way, lines: string[], state: { isOpen: boolean }): Member {
  const member: Member = {
    lines,
    get isOpen() {
      return state.isOpen
    },
    send: (text) => way.send(text),
    pause: () => way.pause(),
    hears: (pattern, from = 0) =>
      until(`a member hears ${pattern}`, () => {
        const found = lines.slice(from).find((line) => pattern.test(line))
        assert.ok(found !== undefined || state.isOpen, `the connection ended before ${pattern}; last: ${lines.at(-1)}`)
        return found
      }),
    close() {
      state.isOpen = false
      opened.delete(member)
      way.close()
    },
  }
  opened.add(member)
  return member
}

function portOf(address: string): number {
  return Number(new URL(address).port)
}

/** In once its first message has come back. */
export async function udpMember(address: string, nick: string): Promise<Member> {
  const socket = createSocket('udp4')
  const lines: string[] = []
  socket.on('error', () => {})
  socket.on('message', (message) => lines.push(...message.toString().split('\n')))
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, '127.0.0.1', resolve)
  })
  const port = portOf(address)
  const state = { isOpen: true }
  const way: Way = {
    send: (text) => socket.send(text, port, '127.0.0.1'),
    pause: () => {},
    close: () => socket.close(),
  }
  const member = memberOf(way, lines, state)
  member.send(`/nick ${nick}`)
  await member.hears(new RegExp(`you are ${nick} now`))
  return member
}

function streamMember(
  address: string,
  ending: string,
  onLine?: (line: string, send: (text: string) => void) => void,
): Member {
  const socket = connect(portOf(address), '127.0.0.1')
  const lines: string[] = []
  const state = { isOpen: true }
  let rest = ''
  const send = (text: string): void => void socket.write(text + ending)
  socket.setEncoding('utf8')
  socket.setNoDelay(true)
  socket.on('error', () => {})
  socket.on('close', () => (state.isOpen = false))
  socket.on('data', (text: string) => {
    const parts = (rest + text).split(/\r?\n/)
    rest = parts.pop() ?? ''
    for (const line of parts) {
      lines.push(line)
      onLine?.(line, send)
    }
  })
  return memberOf({ send, pause: () => socket.pause(), close: () => socket.destroy() }, lines, state)
}

/** In once it is welcomed. */
export async function lineMember(address: string, nick?: string): Promise<Member> {
  const member = streamMember(address, '\n')
  await member.hears(/-- welcome to/)
  if (nick !== undefined) {
    member.send(`/nick ${nick}`)
    await member.hears(new RegExp(`you are ${nick} now`))
  }
  return member
}

/** Registered, and in the room. */
export async function ircMember(address: string, nick: string, room = '#lobby'): Promise<Member> {
  const member = streamMember(address, '\r\n', (line, send) => {
    if (line.startsWith('PING')) send(`PONG${line.slice(4)}`)
  })
  member.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}`)
  await member.hears(/^:\S+ 001 /)
  member.send(`JOIN ${room}`)
  await member.hears(/^:\S+ 366 /)
  return member
}

export interface PageMember extends Member {
  /** A request of the page's protocol, and its answer. */
  ask(request: object): Promise<{ readonly ok?: unknown; readonly fault?: { readonly code: string } }>
}

/** Entered, and in the room; `send` says something there. */
export async function pageMember(address: string, nick: string, room = '#lobby'): Promise<PageMember> {
  const socket = new WebSocket(address, { perMessageDeflate: false })
  const lines: string[] = []
  const state = { isOpen: true }
  socket.on('error', () => {})
  socket.on('close', () => (state.isOpen = false))
  socket.on('message', (data: Buffer) => lines.push(data.toString()))
  await until('the page is connected', () => socket.readyState === WebSocket.OPEN)
  const request = (value: object): void => socket.send(JSON.stringify(value))
  const way: Way = {
    send: (text) => request({ do: 'say', to: room, kind: 'message', text }),
    pause: () => socket.pause(),
    close: () => socket.terminate(),
  }
  const member = memberOf(way, lines, state)
  request({ do: 'enter', ref: 'enter', nick })
  await member.hears(/"event":"hello"/)
  request({ do: 'join', ref: 'join', room })
  await member.hears(/"ref":"join".*"ok"/)
  let asked = 0
  const ask: PageMember['ask'] = async (value) => {
    const ref = `ask${asked++}`
    request({ ...value, ref })
    return JSON.parse(await member.hears(new RegExp(`"ref":"${ref}".*"(ok|fault)":`))) as Awaited<
      ReturnType<PageMember['ask']>
    >
  }
  return Object.assign(member, { ask })
}

/** Numbers behind a word that a member has heard, in its order: of `talk 7` the 7. */
export function numbersOf(member: Member, word: string, from = 0): number[] {
  const pattern = new RegExp(`\\b${word} (\\d+)\\b`)
  return member.lines.slice(from).flatMap((line) => {
    const found = pattern.exec(line)
    return found === null ? [] : [Number(found[1])]
  })
}

/** 0 to `count` - 1. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
