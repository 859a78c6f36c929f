/** A bus of one thread: no hub, no sockets, the same contract. */
import { checkKnownKeys } from '../core/index.ts'
import { End } from './end.ts'
import { LocalLink } from './local-link.ts'
import { Router } from './router.ts'
import type { Bus, EndOptions } from './types.ts'

/**
 * A bus whose messages stay in this thread; several ends of one bus are made by a hub. Throws OPTION_INVALID.
 *
 * @example
 * const bus = localBus()
 * bus.subscribe('chat.room.*', (payload, subject) => console.log(subject, String(payload)))
 * bus.publish('chat.room.lobby', Buffer.from('hello'))
 */
export function localBus(options: EndOptions = {}): Bus {
  checkKnownKeys('bus', options, ['echo', 'requests'])
  return new End((heard) => new LocalLink(new Router(), heard, options.echo !== false), options)
}
