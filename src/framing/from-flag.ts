/**
 * Framings by name, for the command line and for configuration: `--framing length:4le`.
 */
import { fail } from '../core/index.ts'
import { delimiter } from './delimiter.ts'
import { fixed } from './fixed.ts'
import { jsonLines } from './json-lines.ts'
import { lengthPrefix, type LengthPrefixOptions } from './length-prefix.ts'
import { lines } from './lines.ts'
import { netstring } from './netstring.ts'
import { raw } from './raw.ts'
import type { Framing } from './types.ts'

interface Flag {
  /** As help prints it. */
  readonly form: string
  readonly meaning: string
  readonly pattern: RegExp
  /** Gets the groups of the pattern; a group that did not take part is the empty string. */
  readonly framing: (...groups: string[]) => Framing
}

const flags: readonly Flag[] = [
  { form: 'raw', meaning: 'each chunk as it comes', pattern: /^raw$/, framing: raw },
  { form: 'lines', meaning: 'text lines, sent with LF', pattern: /^lines$/, framing: () => lines() },
  {
    form: 'lines:crlf',
    meaning: 'text lines, sent with CRLF',
    pattern: /^lines:crlf$/,
    framing: () => lines({ ending: 'crlf' }),
  },
  {
    form: 'delimiter:HEX',
    meaning: 'ended by 1 to 16 bytes: delimiter:0a00',
    pattern: /^delimiter:((?:[0-9a-f]{2}){1,16})$/i,
    framing: (hex = '') => delimiter(Buffer.from(hex, 'hex')),
  },
  {
    form: 'fixed:BYTES',
    meaning: 'all of one size: fixed:16',
    pattern: /^fixed:([0-9]{1,10})$/,
    framing: (size) => fixed(Number(size)),
  },
  {
    form: 'length:1|2|4|8[le][:inclusive]',
    meaning: 'a length of so many bytes first, big-endian or le; inclusive counts itself',
    pattern: /^length:([1248])(le)?(:inclusive)?$/,
    framing: (bytes, little, inclusive) =>
      lengthPrefix({
        bytes: Number(bytes) as LengthPrefixOptions['bytes'],
        order: little === '' ? 'big' : 'little',
        inclusive: inclusive !== '',
      }),
  },
  {
    form: 'length:varint',
    meaning: 'a length as in Protocol Buffers first',
    pattern: /^length:varint$/,
    framing: () => lengthPrefix({ bytes: 'varint' }),
  },
  { form: 'netstring', meaning: '5:hello,', pattern: /^netstring$/, framing: netstring },
  {
    form: 'json',
    meaning: 'one JSON value a line, parsed',
    pattern: /^json$/,
    // The handler gets values and not bytes; which ones only the service knows, not this table.
    framing: () => jsonLines<Buffer>(),
  },
]

/** The forms that `framingFromFlag` understands, each with what it means, for help output. */
export const framingFlags: readonly (readonly [form: string, meaning: string])[] = flags.map(
  ({ form, meaning }) => [form, meaning] as const,
)

/**
 * The framing that a text names. `json` makes the handler get parsed values, whatever the type
 * says.
 *
 * Throws OPTION_INVALID, naming all forms, for a text that is none of them.
 *
 * @example
 * import { framingFromFlag } from 'lanework/framing'
 *
 * console.log(framingFromFlag('length:4le').encode('hi')) // <Buffer 02 00 00 00 68 69>
 */
export function framingFromFlag(text: string): Framing {
  for (const { pattern, framing } of flags) {
    const match = pattern.exec(text)
    if (match !== null) return framing(...match.slice(1).map((group) => group ?? ''))
  }
  const rule = `one of ${flags.map((flag) => flag.form).join(', ')}`
  throw fail('OPTION_INVALID', { option: 'framing', rule, got: JSON.stringify(text) })
}
