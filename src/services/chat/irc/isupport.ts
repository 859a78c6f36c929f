/** What the server tells of itself after the welcome (RPL_ISUPPORT), and nothing that it does not do. */
import type { ChatSettings } from '../options.ts'
import { longestKeyBytes, longestTopicBytes, mostMasks } from '../rooms/requests/modes.ts'
import { longestNick } from '../text/nick.ts'
import { longestRoomBytes } from '../text/room-name.ts'
import { chanModes, modesAtOnce } from './modes.ts'

/** Longest reason, away text and realname, in bytes; they fit a line with what stands before them. */
export const reasonBytes = 300
export const awayBytes = 300
export const nameBytes = 128
export const userLength = 16
/** Messages that one CHATHISTORY gives. */
export const historyMost = 100

/** Targets of one command; of those that are not here as many as a line has room for. */
export const targetsAtOnce: Readonly<Record<string, number>> = {
  KICK: 4,
  NAMES: 4,
  NOTICE: 4,
  PRIVMSG: 4,
  TAGMSG: 4,
  WHOIS: 4,
  WHOWAS: 1,
}

/** The tokens, in lines of 13 at most. */
export function supportLines(settings: ChatSettings): string[][] {
  const tokens = [
    `AWAYLEN=${awayBytes}`,
    'CASEMAPPING=ascii',
    `CHANLIMIT=#:${settings.roomsPerMember}`,
    `CHANMODES=${chanModes}`,
    `CHANNELLEN=${longestRoomBytes}`,
    'CHANTYPES=#',
    ...(settings.history === 'none' ? [] : [`CHATHISTORY=${historyMost}`, 'MSGREFTYPES=msgid,timestamp']),
    'ELIST=CMNU',
    'EXCEPTS=e',
    'INVEX=I',
    `KEYLEN=${longestKeyBytes}`,
    `KICKLEN=${reasonBytes}`,
    `MAXLIST=beIq:${mostMasks}`,
    `MODES=${modesAtOnce}`,
    `NAMELEN=${nameBytes}`,
    `NETWORK=${tokenValue(settings.network)}`,
    `NICKLEN=${longestNick}`,
    'PREFIX=(ov)@+',
    'SAFELIST',
    `TARGMAX=JOIN:,LIST:,PART:,${Object.entries(targetsAtOnce)
      .map(([command, count]) => `${command}:${count}`)
      .join(',')}`,
    `TOPICLEN=${longestTopicBytes}`,
    `USERLEN=${userLength}`,
    'UTF8ONLY',
    'WHOX',
  ]
  const lines: string[][] = []
  for (let at = 0; at < tokens.length; at += 13) lines.push(tokens.slice(at, at + 13))
  return lines
}

/** Spaces, equal signs and backslashes have escapes (draft-hardy-irc-isupport). */
function tokenValue(text: string): string {
  return text.replace(/[ =\\]/g, (found) => `\\x${found.charCodeAt(0).toString(16).toUpperCase()}`)
}
