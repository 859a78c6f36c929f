/** Lists that are too long for one message of the bus, in pages. */

/** Of one page: entries, and bytes of JSON; an entry that is longer has a page of its own. */
const [pageEntries, pageBytes] = [200, 256 * 1_024]

/** The entries in order, in pages that a bus carries; at least one page, which may be empty. */
export function pagesOf<Entry>(entries: readonly Entry[]): Entry[][] {
  let page: Entry[] = []
  const pages = [page]
  let bytes = 0
  for (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry))
    if (page.length === pageEntries || (page.length > 0 && bytes + size > pageBytes)) {
      page = []
      pages.push(page)
      bytes = 0
    }
    page.push(entry)
    bytes += size
  }
  return pages
}
