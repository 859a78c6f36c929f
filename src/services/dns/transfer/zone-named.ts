/** The zone of exactly this name, among those of a lane. */
import { type Name, sameName } from '../wire/name.ts'
import type { Zone } from '../zone/zone.ts'

/** Transfers are rare and long, so the list is looked through. */
export function zoneNamed(zones: readonly Zone[], name: Name): Zone | undefined {
  return zones.find(({ origin }) => sameName(origin, name))
}
