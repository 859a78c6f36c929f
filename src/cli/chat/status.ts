/** `lanework chat status`: what a chat server has, and what it keeps. */
import type { ChatStatus } from '../../services/chat/index.ts'
import { visibleText } from '../../schedule/index.ts'
import type { TargetFlags } from '../operate/command.ts'
import { findTarget, withOperator } from '../operate/target.ts'
import { print, table } from '../output.ts'

export async function statusCommand(wanted: string | undefined, flags: TargetFlags): Promise<void> {
  const path = await findTarget(wanted ?? 'chat', flags)
  const status = (await withOperator(path, (operator) =>
    operator.call('call', { method: 'status', service: 'chat' }),
  )) as ChatStatus
  print(flags, status, textOf(status))
}

function textOf({ members, byTransport, rooms, unsavedRooms, store }: ChatStatus): string {
  const transports = Object.entries(byTransport).map(([transport, count]) => `${count} ${transport}`)
  const lines = [
    `members   ${members}${transports.length === 0 ? '' : ` (${transports.join(', ')})`}`,
    `rooms     ${rooms.length}`,
    `messages  ${store.messages} kept`,
    `accounts  ${store.accounts}`,
    ...(store.failedWrites === 0 ? [] : [`failed    ${store.failedWrites} writes, ${unsavedRooms} rooms not saved`]),
    ...(store.lost === undefined ? [] : [`lost      ${visibleText(store.lost)}`]),
  ]
  const rows = rooms.map(({ room, members: there, topic = '' }) => [
    visibleText(room),
    String(there),
    visibleText(topic),
  ])
  return rows.length === 0
    ? lines.join('\n')
    : `${lines.join('\n')}\n\n${table([['room', 'members', 'topic'], ...rows])}`
}
