/** Which function runs which command. */
import { commandNamed, helpLine, helpLines, type CommandName } from '../commands.ts'
import type { Run } from './context.ts'
import * as moderation from './moderation.ts'
import * as rooms from './rooms.ts'
import * as self from './self.ts'
import * as talk from './talk.ts'

const help: Run = async (_context, [name]) => {
  if (name === undefined) return helpLines()
  const row = commandNamed(name)
  return row === undefined ? [`there is no /${name}`] : [helpLine(row)]
}

/** Every command of the table. */
export const runs: Readonly<Record<CommandName, Run>> = {
  help,
  nick: self.nick,
  join: rooms.join,
  leave: rooms.leave,
  room: rooms.room,
  rooms: rooms.rooms,
  who: rooms.who,
  names: rooms.names,
  whois: rooms.whois,
  topic: rooms.topic,
  msg: talk.msg,
  me: talk.me,
  away: self.away,
  back: self.back,
  history: talk.history,
  invite: rooms.invite,
  kick: rooms.kick,
  ban: moderation.ban,
  unban: moderation.unban,
  mute: moderation.mute,
  unmute: moderation.unmute,
  op: moderation.op,
  deop: moderation.deop,
  voice: moderation.voice,
  devoice: moderation.devoice,
  key: moderation.key,
  limit: moderation.limit,
  mode: moderation.mode,
  echo: self.echo,
  alive: self.alive,
  login: self.login,
  logout: self.logout,
  register: self.register,
  oper: self.oper,
  kill: self.kill,
  quit: self.quit,
}
