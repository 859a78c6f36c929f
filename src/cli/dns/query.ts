/** `lanework dns query NAME [TYPE]`: asks a server, and shows all that it says. */
import { type Name, parseName, Resolver, reverseName } from '../../services/dns/index.ts'
import { print, type OutputOptions } from '../output.ts'
import { asciiName } from './ascii-name.ts'
import { answerText, answerValue } from './query-text.ts'

export interface QueryFlags extends OutputOptions {
  readonly server?: readonly string[]
  readonly tcp?: boolean
  readonly dnssec?: boolean
  readonly recurse?: boolean
  readonly timeout?: number
}

export async function queryCommand(name: string, type: string | undefined, flags: QueryFlags): Promise<void> {
  const resolver = new Resolver({
    ...(flags.server === undefined ? {} : { servers: flags.server }),
    ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }),
  })
  const [asked, usualType] = askedName(name)
  const answer = await resolver.query(asked, type ?? usualType, {
    tcp: flags.tcp === true,
    dnssec: flags.dnssec === true,
    rd: flags.recurse !== false,
    // Shown as they come; over TCP there is more.
    keepTruncated: true,
  })
  print(flags, answerValue(answer), answerText(answer))
}

/** An address stands for the name that its names are found under; letters beyond ASCII for their xn-- form. */
function askedName(text: string): [Name, string] {
  if (/^[0-9a-f]*:[0-9a-f:.]*$|^\d+\.\d+\.\d+\.\d+$/i.test(text)) return [reverseName(text), 'PTR']
  return [parseName(asciiName(text)), 'A']
}
