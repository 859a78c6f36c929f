/**
 * Places on Earth, LOC (RFC 1876 2): version 0, three sizes of a mantissa and a power of ten in half a byte each, then latitude and
 * longitude in thousandths of a second of arc around 2^31, and altitude in centimetres above 100 km below the ground.
 */
import type { DataReader, DataWriter } from './data.ts'

export interface Location {
  /** Thousandths of a second of arc, north positive. */
  readonly latitudeMas: number
  /** Thousandths of a second of arc, east positive. */
  readonly longitudeMas: number
  /** Above the WGS 84 spheroid. */
  readonly altitudeCm: number
  /** Diameter of a sphere around what is there; one digit and a power of ten. */
  readonly sizeCm: number
  /** Diameter of the circle of error. */
  readonly horizontalCm: number
  readonly verticalCm: number
}

const middle = 0x8000_0000
export const groundCm = 10_000_000
export const latitudeLimitMas: number = 90 * 3_600_000
export const longitudeLimitMas: number = 180 * 3_600_000

export function readLocation(reader: DataReader): Location {
  if (reader.u8() !== 0) throw reader.refuse('its version is not 0')
  const [sizeCm, horizontalCm, verticalCm] = [readSize(reader), readSize(reader), readSize(reader)]
  const latitudeMas = reader.u32() - middle
  const longitudeMas = reader.u32() - middle
  if (Math.abs(latitudeMas) > latitudeLimitMas) throw reader.refuse('its latitude is beyond a pole')
  if (Math.abs(longitudeMas) > longitudeLimitMas) throw reader.refuse('its longitude is beyond 180 degrees')
  return { latitudeMas, longitudeMas, altitudeCm: reader.u32() - groundCm, sizeCm, horizontalCm, verticalCm }
}

export function writeLocation(writer: DataWriter, location: Location): void {
  const { latitudeMas, longitudeMas, altitudeCm } = location
  writer.u8(0)
  for (const size of [location.sizeCm, location.horizontalCm, location.verticalCm]) writeSize(writer, size)
  if (!(Math.abs(latitudeMas) <= latitudeLimitMas)) throw writer.refuse('its latitude is beyond a pole')
  if (!(Math.abs(longitudeMas) <= longitudeLimitMas)) throw writer.refuse('its longitude is beyond 180 degrees')
  const height = altitudeCm + groundCm
  if (!(height >= 0 && height <= 0xffff_ffff)) throw writer.refuse('its altitude is not from -100 km to 42,849 km')
  writer.u32(latitudeMas + middle)
  writer.u32(longitudeMas + middle)
  writer.u32(height)
}

function readSize(reader: DataReader): number {
  const byte = reader.u8()
  const [mantissa, power] = [byte >>> 4, byte & 0xf]
  // Zero has one form only: RFC 1876 allows each digit from 0 to 9, and 0 times a power of ten would not come back.
  if (mantissa > 9 || power > 9 || (mantissa === 0 && power > 0)) throw reader.refuse('a size is not made of digits')
  return mantissa * 10 ** power
}

function writeSize(writer: DataWriter, size: number): void {
  const power = size < 1 ? 0 : Math.floor(Math.log10(size) + 1e-9)
  const mantissa = Math.floor(size / 10 ** power + 1e-9)
  if (!(size >= 0) || power > 9) throw writer.refuse('a size is not from 0 to 90,000 km')
  writer.u8(mantissa * 16 + power)
}
