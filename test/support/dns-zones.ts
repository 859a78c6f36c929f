/** Zone files of tests: what is wrong with them. */
import assert from 'node:assert/strict'
import { isLaneworkError } from '#lanework/core/index.js'
import { parseZone, type ZoneOptions, type ZoneProblem } from '#lanework/services/dns/index.js'

/** All problems of a zone `example.`, whose records have a TTL of 60 s unless they say so; none where it is sound. */
export function problemsOf(text: string | Uint8Array, options: ZoneOptions = {}): readonly ZoneProblem[] {
  try {
    parseZone(text, { origin: 'example.', defaultTtl: 60, ...options })
  } catch (error) {
    assert.ok(isLaneworkError(error, 'ZONE_INVALID'), String(error))
    const { others, ...first } = error.detail
    return [first, ...others]
  }
  return []
}
