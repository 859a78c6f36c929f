/** A record as people read it. */
import { formatData, formatName, type ResourceRecord, typeName } from '../../services/dns/index.ts'

/** `www.example.lan. 3600 CNAME example.lan.` */
export function recordLine(record: ResourceRecord): string {
  return `${formatName(record.name)} ${record.ttl} ${typeName(record.type)} ${formatData(record)}`
}
