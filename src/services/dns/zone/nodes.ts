/** Some of a zone's names, by number, and what they own. */
import { NameStore } from './name-store.ts'
import { RecordStore } from './record-store.ts'

export class Nodes {
  readonly names: NameStore = new NameStore()
  readonly sets: RecordStore = new RecordStore()
}
