/** What the store reports is told on stderr of the server: nobody else would hear of it. */
import type { Clock } from '../../../core/index.ts'
import type { ChatStore } from '../store/index.ts'

/** Of refused writes, which come in floods, one line in so long. */
const quietMs = 10_000

export function tellOfStore(store: ChatStore, clock: Clock): void {
  let toldMs = -Infinity
  store.on('lost', ({ lost, damagedFile }) => {
    const text = `chat: the history was damaged: ${lost}; the damaged file is ${damagedFile}`
    process.emitWarning(text, { type: 'ChatWarning', code: 'HISTORY_DAMAGED' })
  })
  store.on('failed', ({ error }) => {
    if (clock.monotonicMs() - toldMs < quietMs) return
    toldMs = clock.monotonicMs()
    const text = `chat: the history cannot be written: ${error.message}`
    process.emitWarning(text, { type: 'ChatWarning', code: 'HISTORY_NOT_WRITTEN' })
  })
}
