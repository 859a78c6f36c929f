/** Where the page of a batch lies once it is built. */

/** The page with its assets in files of their own, for browsers. */
export const batchPages: URL = new URL('../web/batch/', import.meta.url)

/** The same in one file, with a place for content: for `recordPage`. */
export const pageTemplate: URL = new URL('../web/schedule.html', import.meta.url)
