/** Journals of tests: versions of a zone that are known by their serial, and what a server that starts now would make of a file. */
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { changeBetween, type Name, parseName, type Zone } from '#lanework/services/dns/index.js'
import { ZoneStore } from '#lanework/services/dns/transfer/zone-store.js'
import { folder } from './folder.js'
import { zoneOf } from './dns-transfer.js'

export const origin: Name = parseName('example.')
/** Version `serial` has as many names, and some that have gone. */
export const version = (serial: number): Zone =>
  zoneOf(
    serial,
    Array.from({ length: serial }, (_, at) => `n${at + (serial % 2) * 100} A 192.0.2.${at % 250}`),
  )

export function journalPath(): string {
  return join(mkdtempSync(join(folder, 'journal-')), 'example.journal')
}

export function step(store: ZoneStore, to: number): void {
  store.apply(origin, [changeBetween(store.get(origin)!, version(to))])
}

/** What a server that starts now would serve. */
export function reopened(path: string): Zone | undefined {
  const store = new ZoneStore()
  try {
    return store.open(origin, path)
  } finally {
    store.close()
  }
}
