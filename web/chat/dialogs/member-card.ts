/** A member: who it is, and what may be done. */
import type { Rank, Whois } from '../../../src/services/chat/types.ts'
import { element } from '../../element.ts'
import { keepOut, setModes } from '../moderation.ts'
import { currentTalk, isModerator, isRoom } from '../model.ts'
import { avatar } from '../person.ts'
import type { Session } from '../session.ts'
import type { Talk } from '../talk.ts'
import { faultText, texts } from '../texts.ts'
import { fullText } from '../times.ts'
import { button, dialog } from './dialog.ts'

export function openMember(session: Session, nick: string, done: () => void): void {
  const { store } = session
  const status = element('p', { class: 'hint', role: 'status' }, texts.loading)
  const facts = element('dl', { class: 'facts' })
  const actions = element('div', { class: 'actions' })
  const { node, open, close } = dialog(
    nick,
    'member-card',
    element('div', { class: 'card-sign' }, avatar(nick)),
    status,
    facts,
    actions,
  )
  const talk = currentTalk(store)
  const room = talk?.kind === 'room' ? talk : undefined

  function act(label: string, run: () => unknown, kind = ''): void {
    actions.append(
      button(
        label,
        () => {
          close()
          void run()
        },
        kind,
      ),
    )
  }

  if (nick !== store.me?.nick) act(texts.writeTo, () => session.write(nick), 'primary')
  if (room !== undefined && isModerator(store, room) && nick !== store.me?.nick) {
    const { ranks = [] } = [...room.members.values()].find((member) => member.nick === nick) ?? {}
    const [rank] = ranks
    const setRank = (mode: Rank, on: boolean): Promise<void> => setModes(session, room, [{ mode, on, value: nick }])
    if (rank === undefined) act(texts.giveVoice, () => setRank('voice', true))
    if (rank !== 'operator') act(texts.makeOperator, () => setRank('operator', true))
    if (rank !== undefined) act(texts.takeRank, () => setRank(rank, false))
    act(texts.mute, () => keepOut(session, room, 'mute', nick))
    act(texts.kick, () => session.ask('kick', { room: room.name, nick }), 'danger')
    act(texts.ban, () => ban(session, room, nick), 'danger')
  }
  node.addEventListener('close', done)
  open()
  void session.ask('whois', { nick }).then((answer) => {
    status.textContent =
      'fault' in answer ? (answer.fault.code === 'no-such-nick' ? texts.notHere : faultText(answer.fault)) : ''
    if ('ok' in answer) facts.replaceChildren(...factsOf(answer.ok))
  })
}

/** Out, and not in again. */
async function ban(session: Session, room: Talk, nick: string): Promise<void> {
  await keepOut(session, room, 'ban', nick)
  await session.ask('kick', { room: room.name, nick })
}

function factsOf({ member, rooms }: Whois): HTMLElement[] {
  const { user, host, account, realname, away, isOperator, sinceMs, transport } = member
  const shown: [string, string][] = [
    [texts.status, away === undefined ? '' : texts.away(away)],
    [texts.realname, realname],
    [texts.rank, isOperator ? texts.serverOperator : ''],
    [texts.account, account ?? ''],
    [texts.host, `${user}@${host}`],
    [texts.connectedBy, texts.transports[transport]],
    [texts.memberSince, fullText(sinceMs)],
    [texts.rooms, rooms.map(({ room }) => (isRoom(room) ? room.slice(1) : room)).join(', ')],
  ]
  return shown
    .filter(([, text]) => text !== '')
    .map(([name, text]) => element('div', {}, element('dt', {}, name), element('dd', { dir: 'auto' }, text)))
}
