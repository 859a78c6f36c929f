/** The zones of a lane by their names. */
import { lowerName, type Name } from '../wire/name.ts'
import type { Zone } from '../zone/zone.ts'

/** Made anew once there are other zones and somebody asks: a look-up costs the same however many there are. */
export class ZonesByName {
  readonly #zones: () => readonly Zone[]
  #known: readonly Zone[] = []
  #byName = new Map<string, Zone>()

  constructor(zones: () => readonly Zone[]) {
    this.#zones = zones
  }

  /** The zone of exactly this name; of two the later one, as for queries. */
  get(name: Name): Zone | undefined {
    const zones = this.#zones()
    if (zones !== this.#known) {
      this.#byName = new Map(zones.map((zone) => [keyOf(zone.origin), zone]))
      this.#known = zones
    }
    return this.#byName.get(keyOf(name))
  }
}

/** The name in lower case as a text, one character a byte. */
function keyOf(name: Name): string {
  return Buffer.from(lowerName(name)).toString('latin1')
}
