/** `lanework/services/dns`: names, records and messages of DNS, zone files, and what serves them. */

// Wire: names
export {
  type Name,
  compareNames,
  formatName,
  formatNameWithin,
  isWildcard,
  isWithin,
  labelCount,
  lowerName,
  parentOf,
  parseName,
  rootName,
  sameName,
} from './wire/name.ts'

// Wire: numbers with names
export { type TypeName, dnsType, typeName, typeNumber } from './wire/types.ts'
export {
  className,
  classNumber,
  dnsClass,
  edeCode,
  edeName,
  ednsCode,
  ednsName,
  opcode,
  opcodeName,
  rcode,
  rcodeName,
} from './wire/codes.ts'

// Wire: records
export {
  type OpaqueValue,
  type RecordValue,
  type ResourceRecord,
  type ValueOf,
  checkData,
  dataOf,
  recordOf,
  recordValue,
} from './wire/record.ts'
export type { Location } from './wire/location.ts'
export type { AddressPrefix } from './wire/prefixes.ts'
export type { ServiceParams } from './wire/service-params.ts'

// Wire: messages
export { type Edns, type EdnsOption, emptyMessage, type Message, type Question } from './wire/message-types.ts'
export { type DecodeOptions, decodeMessage } from './wire/decode-message.ts'
export { type EncodeOptions, encodeMessage } from './wire/encode-message.ts'
export { type EdnsValue, ednsOptionOf, ednsValue } from './wire/edns-options.ts'

// Text: zone files
export {
  type FormatZoneOptions,
  type ZoneRecords,
  compareRecords,
  formatZone,
  loadZone,
  parseZone,
  zoneLines,
  zoneRecords,
} from './text/zone-file.ts'
export type { ZoneOptions, ZoneProblem, ZoneRecord } from './text/zone-reader.ts'
export { type FormatOptions, formatData, formatRecord } from './text/format-record.ts'

// Text: what is wrong with a zone
export {
  type CheckOptions,
  type ZoneCheck,
  type ZoneFinding,
  type ZoneRule,
  checkZone,
  zoneRules,
} from './text/check-zone.ts'
export type { PlacedRecord } from './text/zone-names.ts'

// Engine: zones and answers
export { Zone } from './zone/zone.ts'
export { ZoneImage } from './zone/image.ts'
export { type BuildOptions, ZoneBuilder } from './zone/builder.ts'
export { answerQuery } from './answer/answer-query.ts'
export { Answerer, type AnswererOptions, type AnswerOptions } from './answer/answerer.ts'

// Operating: the service
export { dns, dnsService } from './service/service.ts'
export type { ZoneStatus } from './service/owner.ts'
export type { StatisticsRow } from './service/statistics.ts'
export type { LanePart, QuerySource } from './service/parts.ts'
export {
  type ChaosOptions,
  type DnsOptions,
  type DnsServiceOptions,
  type ViewOptions,
  type ZoneFile,
  dnsOptionKeys,
} from './service/options.ts'
export type { QueryLogOptions } from './service/query-log-options.ts'
export type { RateLimitOptions } from './service/rate-limit-options.ts'
export type {
  Script,
  ScriptAnswer,
  ScriptClient,
  ScriptFunction,
  ScriptModule,
  ScriptQuestion,
} from './service/script-options.ts'

// Client: asking servers
export { Resolver, type ResolveOptions, type ResolverOptions } from './client/resolver.ts'
export { makeQuery } from './client/query-message.ts'
export type { AskOptions, ServerAnswer } from './client/ask-servers.ts'
export type { QueryFlags } from './client/query-message.ts'
export { reverseName } from './client/reverse-name.ts'
export { explainName, type ExplainStep } from './client/explain-name.ts'

// Client: a server for tests
export { type MockAnswer, MockDns, type MockDnsOptions, type MockQuery } from './client/mock-dns.ts'
export type { MockFault } from './client/mock-faults.ts'
export type { MockTable } from './client/mock-table.ts'

// Transfers: AXFR, IXFR, NOTIFY, dynamic update, TSIG
export type { AccessRule } from './transfer/access.ts'
export { type TsigAlgorithm, type TsigKeyOptions, tsigAlgorithms } from './transfer/keys.ts'
export type { ServerOptions, TransferOptions, ZoneTransferOptions } from './transfer/options.ts'
export type { SecondaryStatus } from './transfer/secondary.ts'
export type { TransferStatus } from './transfer/transfer-owner.ts'
export { type UpdateResult, updateZone } from './transfer/update.ts'
export { changeBetween, type ZoneChange } from './transfer/zone-change.ts'

// Forward: names outside the zones
export { forwardPart } from './forward/forward-part.ts'
export type { BlockAnswer, ForwardOptions } from './forward/options.ts'
