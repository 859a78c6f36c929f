/** The journal of a batch: what must outlive kill -9. */
export { AliveFacts } from './alive.ts'
export { diskFiles, type JournalFiles } from './files.ts'
export { Journal, type JournalOptions, type OpenedJournal } from './journal.ts'
