/** The chat store: messages of rooms, what is kept of rooms, and accounts. */
export { openStore, type OpenStoreOptions } from './open-store.ts'
export { hashPassword, isOutdated, passwordBytes, verifyPassword, type PasswordRecord } from './password.ts'
export { memoryStore, type MemoryStoreOptions } from './memory-store.ts'
export {
  firstIdAt,
  isMessageId,
  lastIdAt,
  messageId,
  messageNumber,
  messageTimeMs,
  nextMessageNumber,
} from './message-id.ts'
export type {
  AccountRecord,
  ChatStore,
  HistoryRange,
  Ref,
  RoomRecord,
  StoreBounds,
  StoredMessage,
  StoreEvents,
  StoreStatus,
  Target,
  TargetRange,
} from './types.ts'
