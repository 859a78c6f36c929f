/** Hosts that members are shown in place of addresses. */
import { createHmac } from 'node:crypto'

import { prefixKey } from '../../../server/index.ts'

/** The same for one address (an IPv6 network of 64 bits) under one key, and nothing that tells it. */
export function cloak(key: Uint8Array, address: string): string {
  const digest = createHmac('sha256', key).update(prefixKey(address)).digest('hex')
  return `${digest.slice(0, 12)}.lanework`
}
