/** The chat service, and its pure parts: rooms, text, limits. */
export { chat, chatService } from './service.ts'
export type { ChatLimits, ChatOptions, ChatSettings, OperatorOption, RateRule } from './options.ts'
export type * from './types.ts'
export type { ChatStatus } from './owner/owner.ts'
export { accountsIn, type AccountBook } from './owner/account-book.ts'
export { passwordText } from './owner/password-text.ts'
export { joinRoom, type JoinRoomOptions, type RoomClient, type RoomLine } from './plain/index.ts'
