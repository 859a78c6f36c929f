/** Places on Earth as text (RFC 1876 3): `52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m`. */
import type { DataWriter } from '../wire/data.ts'
import { type Location, writeLocation } from '../wire/location.ts'
import { integerOf } from './words.ts'
import type { Scanner } from './scanner.ts'

/** Reads the rest of the entry; the scanner stands on its first word. */
export function putLocation(scan: Scanner, out: DataWriter): void {
  const latitudeMas = arcOf(scan, 90, 'N', 'S')
  scan.need('the longitude')
  const longitudeMas = arcOf(scan, 180, 'E', 'W')
  scan.need('the altitude')
  const altitudeCm = centimetresOf(scan, true)
  const sizes = [100, 1_000_000, 1000]
  for (let at = 0; at < 3 && scan.word(); at++) sizes[at] = centimetresOf(scan, false)
  const [sizeCm = 0, horizontalCm = 0, verticalCm = 0] = sizes
  writeLocation(out, { latitudeMas, longitudeMas, altitudeCm, sizeCm, horizontalCm, verticalCm })
}

/** Degrees, minutes and seconds, of which the last two may be missing, and a direction. */
function arcOf(scan: Scanner, limit: number, positive: string, negative: string): number {
  let mas = integerOf(scan, limit, 'a degree') * 3_600_000
  for (const unitMas of [60_000, 1000, 0]) {
    scan.need('the direction')
    const word = scan.text()
    if (word.toUpperCase() === positive) return mas
    if (word.toUpperCase() === negative) return -mas
    if (unitMas === 60_000) mas += integerOf(scan, 59, 'a minute') * unitMas
    else if (unitMas === 1000 && /^[0-5]?\d(\.\d{1,3})?$/.test(word)) mas += Math.round(Number(word) * unitMas)
    else throw scan.refuse(`${positive} or ${negative} is wanted, not ${scan.shown()}`)
  }
  return mas
}

function centimetresOf(scan: Scanner, maySink: boolean): number {
  const parts = /^(-?)(\d{1,8})(?:\.(\d{1,2}))?m?$/i.exec(scan.text())
  if (parts === null || (parts[1] === '-' && !maySink)) throw scan.refuse(`metres are wanted, not ${scan.shown()}`)
  const size = Number(parts[2]) * 100 + Number((parts[3] ?? '').padEnd(2, '0'))
  return parts[1] === '-' ? -size : size
}

export function formatLocation(location: Location): string {
  const { latitudeMas, longitudeMas, altitudeCm } = location
  const sizes = [location.sizeCm, location.horizontalCm, location.verticalCm].map((size) => `${metres(size)}m`)
  const [north, east] = [arc(latitudeMas, 'N', 'S'), arc(longitudeMas, 'E', 'W')]
  return `${north} ${east} ${metres(altitudeCm)}m ${sizes.join(' ')}`
}

function arc(mas: number, positive: string, negative: string): string {
  const size = Math.abs(mas)
  const seconds = `${Math.floor(size / 1000) % 60}.${String(size % 1000).padStart(3, '0')}`
  return `${Math.floor(size / 3_600_000)} ${Math.floor(size / 60_000) % 60} ${seconds} ${mas < 0 ? negative : positive}`
}

function metres(centimetres: number): string {
  const size = Math.abs(centimetres)
  return `${centimetres < 0 ? '-' : ''}${Math.floor(size / 100)}.${String(size % 100).padStart(2, '0')}`
}
