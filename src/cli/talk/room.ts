/** `lanework talk --room URL`: a member of a chat room, on a terminal or in a pipe. */
import { isUtf8 } from 'node:buffer'
import { setTimeout as sleep } from 'node:timers/promises'

import { fail } from '../../core/index.ts'
import {
  checkNick,
  cleanText,
  describeBytes,
  joinRoom,
  type RoomClient,
  type RoomLine,
} from '../../services/chat/index.ts'
import { escapeControls, remark } from '../output.ts'
import { terminalOf } from '../terminal.ts'
import { openInput } from './input.ts'
import { openRoomTerminal } from './room-terminal.ts'
import { refusedFor, showRoomLine, type RoomShowOptions } from './room-show.ts'

export interface RoomFlags {
  readonly nick?: string
  readonly json?: boolean
  /** How long silence lasts until nobody is thought to answer, in milliseconds. */
  readonly wait: number
}

/** Talks until the person, the pipe or the server ends it. */
export async function roomCommand(url: string, flags: RoomFlags): Promise<void> {
  const badNick = flags.nick === undefined ? undefined : checkNick(flags.nick)
  if (badNick !== undefined)
    throw fail('OPTION_INVALID', {
      option: '--nick',
      rule: `a nick; ${badNick.message}`,
      got: JSON.stringify(flags.nick),
    })
  const isInteractive = process.stdin.isTTY === true && process.stdout.isTTY === true
  const room = await joinRoom(url, {
    ...(flags.nick === undefined ? {} : { nick: flags.nick }),
    reconnect: isInteractive,
  })
  const show = { json: flags.json === true, color: terminalOf({}).color && flags.json !== true }
  try {
    if (isInteractive) await talkOnTerminal(room, show)
    else await talkInPipe(room, url, show, flags)
  } finally {
    await room.close()
  }
}

async function talkOnTerminal(room: RoomClient, show: RoomShowOptions): Promise<void> {
  const terminal = openRoomTerminal()
  let lastSaid = ''
  const hearing = (async () => {
    for await (const line of room) {
      terminal.printAbove(showRoomLine(line, room.nick, show))
      if (refusedFor(line) !== undefined) terminal.putBack(lastSaid)
    }
    terminal.close()
  })()
  for await (const line of terminal.typed) {
    if (line.trim() === '') continue
    if (!/^\/(?!\/)/.test(line)) {
      terminal.wipeTyped(line)
      lastSaid = line
    }
    if (/^\/(quit|exit|bye)\b/i.test(line)) break
    await room.say(line)
  }
  terminal.close()
  await room.finish()
  await hearing
}

/**
 * A line of the pipe is said, and the next when it has come back, or the server has told something about it. What a limit refuses is said
 * again when it may be. Members' words, and answers to commands, go to stdout; what the server tells besides to stderr. Where another nick was
 * given than was asked for nothing is said, and where a line has not come back in the end the exit code says so.
 */
async function talkInPipe(
  room: RoomClient,
  url: string,
  show: RoomShowOptions,
  { nick, wait: waitMs }: RoomFlags,
): Promise<void> {
  const answers = newAnswers()
  let isCommand = false
  let isFinished = false
  /** How the lines begin that have not come back. */
  let unheard: string[] = []
  const hearing = (async () => {
    for await (const line of room) {
      const isWord = line.kind !== 'server' && line.kind !== 'status'
      const isGoodbye = isFinished && line.kind === 'server' && line.body.startsWith('goodbye')
      if (show.json || isWord || (isCommand && line.kind === 'server' && !isGoodbye)) {
        process.stdout.write(`${showRoomLine(line, room.nick, show)}\n`)
      } else if (!isGoodbye) remark(showRoomLine(line, room.nick, { json: false, color: false }))
      if (line.kind === 'message' && line.nick === room.nick) unheard = withoutFirst(unheard, line.body)
      answers.heard(line, room.nick)
    }
    answers.ended()
  })()
  let isInterrupted = false
  const interrupted = (): void => {
    isInterrupted = true
    void room.finish()
  }
  process.once('SIGINT', interrupted)
  await answers.next((line) => line.kind === 'server', waitMs)
  // Over TCP it is asked for once we are in.
  const wanted = nick?.normalize('NFC')
  if (wanted !== undefined && room.nick !== wanted)
    await answers.next(
      (line) => room.nick === wanted || (line.kind === 'server' && line.body.endsWith('; choose another one')),
      Math.max(waitMs, nickMs),
    )
  const isOther = wanted !== undefined && room.nick !== undefined && room.nick !== wanted
  if (isOther) remark(`You would be ${room.nick}, and not ${wanted}: nothing was said.`)
  let isRefused = isOther
  const input = openInput({ raw: false })
  const lines = input[Symbol.asyncIterator]()
  const over = hearing.then(() => ({ done: true, value: undefined }) as const)
  for (;;) {
    if (isOther) break
    const { done, value } = await Promise.race([lines.next(), over])
    if (done === true || /^\/(quit|exit|bye)\b/i.test(value.toString())) break
    if (value.toString().trim() === '') continue
    isCommand = /^\/(?!\/)/.test(value.toString())
    if (!isCommand) unheard.push(beginningOf(value))
    isRefused = !(await sayInPipe(room, value, isCommand, answers, waitMs)) || isRefused
  }
  input.close()
  isFinished = true
  const endedBefore = answers.isEnded
  await Promise.race([room.finish().then(() => hearing), sleep(waitMs + 5_000, undefined, { ref: false })])
  process.off('SIGINT', interrupted)
  if (endedBefore && !isInterrupted) throw fail('CONNECTION_RESET', { address: url })
  if (unheard.length > 0 && room.nick !== undefined) {
    const [first = ''] = unheard
    remark(`Not said: ${unheard.length} of the lines, first: ${escapeControls(first.slice(0, 60))}`)
    isRefused = true
  }
  if (isRefused && !isInterrupted) process.exitCode = 1
}

/** How long coming in under the nick that was asked for may take at least. */
const nickMs = 5_000
/** Over UDP long lines come back cut. */
const comparedLength = 200

/** The beginning of a line as it comes back. */
function beginningOf(line: Uint8Array): string {
  const text = isUtf8(line) ? Buffer.from(line).toString() : describeBytes(line)
  return cleanText(text.replace(/^\/\//, '/')).slice(0, comparedLength)
}

function withoutFirst(beginnings: string[], body: string): string[] {
  const at = beginnings.indexOf(body.slice(0, comparedLength))
  return at < 0 ? beginnings : beginnings.toSpliced(at, 1)
}

/** False when a limit did not let it be said. */
async function sayInPipe(
  room: RoomClient,
  text: Uint8Array,
  isCommand: boolean,
  answers: Answers,
  waitMs: number,
): Promise<boolean> {
  for (let tries = 0; tries < triesMost; tries++) {
    const own = room.nick
    const answered = answers.next(
      (line) => refusedFor(line) !== undefined || line.kind === 'server' || (!isCommand && line.nick === own),
      waitMs,
    )
    await room.say(text)
    const line = await answered
    const seconds = line === undefined ? undefined : refusedFor(line)
    if (seconds === undefined) return true
    await sleep(seconds * 1_000)
  }
  return false
}

const triesMost = 4

interface Answers {
  heard(line: RoomLine, me: string | undefined): void
  ended(): void
  readonly isEnded: boolean
  /** The next line that is one of these; undefined when none comes in time. */
  next(isIt: (line: RoomLine) => boolean, waitMs: number): Promise<RoomLine | undefined>
}

function newAnswers(): Answers {
  let isEnded = false
  let waiter: ((line: RoomLine | undefined) => void) | undefined
  return {
    get isEnded() {
      return isEnded
    },
    heard: (line) => waiter?.(line),
    ended() {
      isEnded = true
      waiter?.(undefined)
    },
    next(isIt, waitMs) {
      return new Promise((resolve) => {
        const settle = (line: RoomLine | undefined): void => {
          clearTimeout(timer)
          waiter = undefined
          resolve(line)
        }
        const timer = setTimeout(() => settle(undefined), waitMs)
        waiter = (line) => {
          if (line === undefined || isIt(line)) settle(line)
        }
        if (isEnded) settle(undefined)
      })
    },
  }
}
