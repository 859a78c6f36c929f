/** One legal message of each request of a page, and an answer for each. */
import { alice } from './scripted-desk.js'

const id = '01a2008747c80004'

export const legal: readonly (Record<string, unknown> & { readonly do: string; readonly ref?: string })[] = [
  {
    do: 'enter',
    ref: '1',
    nick: 'alice',
    isFlexible: true,
    realname: 'Alice',
    resume: 'secret',
    seen: { '#lobby': id },
  },
  { do: 'quit', reason: 'bye' },
  { do: 'nick', nick: 'bob' },
  { do: 'join', ref: '4', room: '#garden', key: 'beans' },
  { do: 'part', room: '#garden', reason: '' },
  { do: 'say', ref: '5', to: '#lobby', kind: 'action', text: 'waves' },
  { do: 'topic', room: '#lobby', topic: '' },
  {
    do: 'mode',
    room: '#lobby',
    changes: [
      { mode: 'limit', on: true, value: '5' },
      { mode: 'secret', on: false },
    ],
  },
  { do: 'modes', room: '#lobby', list: 'ban' },
  { do: 'ownMode', invisible: true, operator: false },
  { do: 'kick', room: '#lobby', nick: 'bob', reason: 'no' },
  { do: 'invite', room: '#lobby', nick: 'bob' },
  { do: 'away', text: 'lunch' },
  { do: 'realname', text: 'Alice' },
  { do: 'names', room: '#lobby' },
  { do: 'list', rooms: ['#a', '#b'], mask: '#*', membersAtLeast: 1, membersAtMost: 9 },
  { do: 'who', mask: 'a*', operatorsOnly: true },
  { do: 'whois', nick: 'bob' },
  { do: 'whowas', nick: 'bob', count: 3 },
  { do: 'counts' },
  { do: 'history', target: '#lobby', after: id, before: 5, isForward: true, limit: 50 },
  { do: 'targets', afterMs: 0, beforeMs: 5, limit: 50 },
  { do: 'login', account: 'a', password: 'b' },
  { do: 'logout' },
  { do: 'register', account: 'a', password: 'b' },
  { do: 'operator', name: 'a', password: 'b' },
  { do: 'kill', nick: 'bob', reason: 'x' },
  { do: 'wallops', text: 'x' },
  { do: 'alive' },
]

/** What a desk may answer, by name of the request. */
export function answersOf(name: string): unknown {
  const room = { room: '#a', createdMs: 1, modes: { room: '#a', createdMs: 1, set: [] }, members: [] }
  const lists = ['list', 'who', 'whowas', 'history', 'targets']
  if (name === 'enter') return { ok: { me: alice, secret: 's', rooms: [], isResumed: false } }
  if (name === 'join' || name === 'names') return { ok: room }
  return { ok: lists.includes(name) ? [] : {} }
}
