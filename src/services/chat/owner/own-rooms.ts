/** Starts the owner of a server's rooms: its store, its bus, and the notice by which lanes find it. */
import { randomBytes } from 'node:crypto'

import { startHub } from '../../../bus/index.ts'
import type { SharedMethods, SharedServer } from '../../../server/index.ts'
import { toBytes, type OwnerNotice } from '../messages.ts'
import type { ChatSettings } from '../options.ts'
import { memoryStore, openStore, type ChatStore } from '../store/index.ts'
import { accountBook } from './account-book.ts'
import { ChatOwner } from './owner.ts'
import { tellOfStore } from './store-news.ts'

/** The methods of the service's `shared`. Throws what the store throws when it cannot be opened. */
export async function ownRooms(settings: ChatSettings, server: SharedServer): Promise<SharedMethods> {
  const store = await storeOf(settings, server)
  tellOfStore(store, server.clock)
  try {
    const hub = await startHub()
    const owner = new ChatOwner({ server, settings, bus: hub.bus, store })
    const proofKey = randomBytes(32).toString('base64')
    server.publish(toBytes({ path: hub.path, proofKey } satisfies OwnerNotice))
    const book = accountBook(store, () => server.clock.wallMs())
    return {
      /** ChatStatus. */
      status: () => owner.status(),
      accounts: () => book.list(),
      addAccount: (name: string, password: string) => book.add(name, password),
      removeAccount: (name: string) => book.remove(name),
      close: async () => {
        owner.close()
        await hub.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** What is in memory alone the server keeps for the next owner. */
async function storeOf(settings: ChatSettings, keeping: SharedServer): Promise<ChatStore> {
  const { history, historyDays, historyMessages, historyMegabytes } = settings
  if (history === 'none') return memoryStore({ perRoom: 0, keeping })
  const bounds = { perRoom: historyMessages, days: historyDays, bytes: historyMegabytes * 1_048_576 }
  return history === 'memory'
    ? memoryStore({ ...bounds, keeping })
    : await openStore({ folder: history.folder, ...bounds })
}
