/** Who is answered: lists of networks that may ask and that may not. The most specific network that holds an address decides. */
import { NetworkMap } from '../../../server/index.ts'

/** Networks as `192.0.2.0/24`, `2001:db8::/32`, or single addresses. */
export interface AccessLists {
  /** With any, whoever stands in neither list is refused. @default everybody */
  readonly allow?: readonly string[]
  /** Where a network stands in both lists, it is refused. @default nobody */
  readonly deny?: readonly string[]
}

/**
 * Makes the question "may this address ask?", of IPv4 and IPv6 addresses; an IPv4 address that came through an IPv6 socket
 * (`::ffff:192.0.2.1`) is the IPv4 address. Throws OPTION_INVALID for what is no network.
 *
 * @example
 * const mayAsk = accessBy({ allow: ['192.0.2.0/24'], deny: ['192.0.2.66'] })
 * mayAsk('192.0.2.1') // true
 */
export function accessBy({ allow = [], deny = [] }: AccessLists): (host: string) => boolean {
  const networks = new NetworkMap<boolean>()
  for (const text of deny) networks.add('deny', text, false)
  for (const text of allow) networks.add('allow', text, true)
  const otherwise = allow.length === 0
  return (host) => networks.find(host)?.value ?? otherwise
}
