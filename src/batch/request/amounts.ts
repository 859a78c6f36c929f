/** Durations and sizes as people write them: `90s`, `1h30m`, `250ms`; `512MiB`, `2G`, `1.5GB`. Pure. */

/** As long as a timer of Node can wait: 24 days and 20 hours. */
export const longestMs: number = 2 ** 31 - 1

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const durationPart = /(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|min|m|h|d)/y

/** Milliseconds of a duration; undefined for what is none, or is longer than `longestMs`. A number alone is in milliseconds. */
export function durationMs(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? msOfText(value.trim()) : value
  return typeof ms === 'number' && ms >= 0 && ms <= longestMs ? ms : undefined
}

function msOfText(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  if (text === '' || text.length > 100) return undefined
  let sum = 0
  for (let at = 0; at < text.length; at = durationPart.lastIndex) {
    durationPart.lastIndex = at
    const part = durationPart.exec(text)
    if (part === null) return undefined
    sum += Number(part[1]) * (unitMs[part[2] ?? ''] ?? NaN)
    while (text[durationPart.lastIndex] === ' ') durationPart.lastIndex++
  }
  return Math.round(sum * 1_000) / 1_000
}

/** As GNU coreutils read them (https://www.gnu.org/software/coreutils/manual/html_node/Block-size.html): K and KiB are 1024, KB is 1000. */
const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  ...Object.fromEntries(
    ['k', 'm', 'g', 't'].flatMap((letter, index) => [
      [letter, 1_024 ** (index + 1)],
      [`${letter}ib`, 1_024 ** (index + 1)],
      [`${letter}b`, 1_000 ** (index + 1)],
    ]),
  ),
}

/** Bytes of a size, whole; undefined for what is none. A number alone is in bytes. */
export function sizeBytes(value: unknown): number | undefined {
  const bytes = typeof value === 'string' ? bytesOfText(value) : value
  return Number.isSafeInteger(bytes) && (bytes as number) >= 0 ? (bytes as number) : undefined
}

function bytesOfText(text: string): number | undefined {
  const [, number, unit = ''] = /^\s*(\d{1,16}(?:\.\d{1,16})?)\s*([a-z]{0,3})\s*$/i.exec(text) ?? []
  const factor = unitBytes[unit.toLowerCase()]
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor)
}
