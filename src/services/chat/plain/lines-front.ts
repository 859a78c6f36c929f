/**
 * The room over TCP and Unix sockets, line by line: `nc` is a client. Who connects is in the default room and told who it is; what is
 * typed is said, what it said itself does not return (`/echo on` changes that).
 *
 *   connected ── first line, or 0.3 s without one ──▶ in the room          first line `POST /...`: turned away, and nobody hears of it
 *
 * A client that ends its side (`echo hi | nc`) is still answered what it asked; then the server closes.
 */
import { gistOf, type Desk, type Front, type MakeFront } from '../lane/front.ts'
import { cleanText } from '../text/clean-text.ts'
import { withoutTelnet } from './telnet.ts'
import { connectionLines } from './udp-front.ts'
import { greetingLines, makeMember } from './member.ts'
import { formNames, lineOf, relationOf, serverHead } from './render.ts'

/** The front of peers that type lines. What it sends has its line endings already. */
export const linesFront: MakeFront = (desk) => makeLinesFront(desk)

function makeLinesFront(desk: Desk): Front {
  const { peer } = desk
  const tell = (lines: readonly string[]): void => {
    for (const line of lines) peer.send(`${serverHead}${cleanText(line)}\n`)
  }
  const member = makeMember(desk, { tell, isEchoed: false, waitingMost: 1, noticeEveryMs: 0 })
  const { room } = desk.settings
  const forms = formNames('line', room)
  let isFirst = true
  let isOver = false
  let entered: Promise<void> | undefined
  const enter = (): Promise<void> => {
    first.cancel()
    entered ??= member.enter().then((view) => {
      if (view !== undefined) tell(greetingLines(desk, view))
    })
    return entered
  }
  const first = desk.clock.after(firstLineMs, () => void enter())

  return {
    async receive(received) {
      if (isOver) return
      const line = withoutTelnet(received)
      if (isFirst && isHttp(line)) {
        isOver = true
        first.cancel()
        tell(['this is a chat room for people, not a web page'])
        return desk.end('spoke HTTP')
      }
      isFirst = false
      // Before it is a member, and once it is told so, nothing can be said.
      await enter()
      if (desk.me === undefined) return
      if (line.length > desk.settings.textBytes + commandBytes) {
        return tell([`that line is too long: ${desk.settings.textBytes} bytes at most`])
      }
      await member.take(line)
    },
    hear(heard, shared) {
      const { hearing, ref } = heard
      const gist = gistOf(hearing, shared)
      const relation = relationOf(gist, desk.me?.id)
      if (relation === 'aimed') member.heard(heard)
      if (relation === 'own' && ref !== undefined && (gist.event !== 'said' || !member.context.isEchoed)) return
      const text = shared.once(forms[relation], () => {
        const line = lineOf(hearing, relation, room)
        // Streams are text in UTF-8: bytes that are none are shown escaped.
        return line === undefined ? '' : `${line.head}${line.body}\n`
      })
      if (text !== undefined) peer.send(text)
    },
    closed() {
      isOver = true
      first.cancel()
      member.stop()
    },
    connection: (state) => {
      if (state !== 'blink') tell([connectionLines[state]])
    },
  }
}

/** `/msg` and a nick stand before a text of full length. */
const commandBytes = 100

/** Browsers speak first: who has not by then is no browser, or not yet, and is greeted. */
const firstLineMs = 300

/** A browser that was led here by somebody else's page must not speak in its user's name. The beginning tells: the line may be cut. */
function isHttp(line: Buffer): boolean {
  return /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT) [/*]/.test(line.toString('latin1', 0, 10))
}
