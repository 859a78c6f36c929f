/** What transfers and updates do with serial numbers, and with the SOA records that hold them. */
import { serialStep } from '../service/serial.ts'
import type { Zone } from '../zone/zone.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'

/** True where `a` comes after `b`. */
export function isNewer(a: number, b: number): boolean {
  return serialStep(b, a) > 0
}

/** The serial that follows; 0 is left out, since some take it for none. */
export function nextSerial(serial: number): number {
  return (serial + 1) >>> 0 || 1
}

/** What a SOA record says, seconds where they are times (RFC 1035 3.3.13). */
export interface SoaTimes {
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

/** The five numbers at the end of SOA data; undefined where there is no room for them. */
export function soaTimes(data: Uint8Array): SoaTimes | undefined {
  if (data.length < 22) return undefined
  const view = new DataView(data.buffer, data.byteOffset + data.length - 20, 20)
  const [serial, refresh, retry, expire, minimum] = [0, 4, 8, 12, 16].map((at) => view.getUint32(at))
  return { serial: serial!, refresh: refresh!, retry: retry!, expire: expire!, minimum: minimum! }
}

/** The SOA with another serial. */
export function withSerial(soa: ResourceRecord, serial: number): ResourceRecord {
  const data = Uint8Array.from(soa.data)
  new DataView(data.buffer, data.byteOffset).setUint32(data.length - 20, serial)
  return { ...soa, data }
}

/** The zone's SOA record; its data is a view of the image. */
export function soaOf({ image }: Zone): ResourceRecord {
  const [soa] = image.recordsOf(image.setOf(image.apex, dnsType.SOA), image.origin)
  return soa!
}
