/** Many messages to one client, as fast as it reads and no faster: what is made lies nowhere for long. */
import type { QuerySource } from '../service/parts.ts'

/** So much is given to the system before others have a turn. */
const turnBytes = 65_536

/** Sends until there are no more, the client is gone, or `ended` says so. */
export async function sendMessages(
  messages: Iterable<Uint8Array>,
  from: QuerySource,
  sign: (bytes: Uint8Array) => Uint8Array,
  ended: () => boolean,
): Promise<void> {
  let sent = 0
  for (const message of messages) {
    const bytes = sign(message)
    from.reply(bytes)
    sent += bytes.length
    if (sent < turnBytes) continue
    sent = 0
    if (!(await from.peer.drained()) || ended()) return
  }
}
