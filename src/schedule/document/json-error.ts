/** Where a text stops being JSON, which V8 does not always tell. */

/**
 * The offset of the first character that no JSON could have there; the length of a text that only ends too soon. It looks at
 * beginnings of the text, each half as far apart, so it parses the text about log2(length) times.
 */
export function jsonErrorOffset(text: string): number {
  let [good, bad] = [0, text.length + 1]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (mayGoOn(text.slice(0, middle))) good = middle
    else bad = middle
  }
  return good
}

function mayGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning)
    return true
  } catch (error) {
    const { message } = error as Error
    // It expected more, at the very end.
    const position = /at position (\d+)/.exec(message)?.[1]
    return position === undefined ? message.includes('end of JSON') : Number(position) >= beginning.length
  }
}
