/** A URL in its parts, and what each is for. Pure. */
import { fail } from '../../core/index.ts'
import { asciiName } from './ascii-name.ts'

export interface UrlPart {
  readonly part: 'protocol' | 'user' | 'name' | 'address' | 'port' | 'path' | 'query' | 'fragment'
  readonly text: string
  readonly meaning: string
}

export interface UrlParts {
  readonly parts: readonly UrlPart[]
  /** The host's name with a dot at its end; undefined where the URL has an address, or no host. */
  readonly host: string | undefined
}

interface Protocol {
  readonly is: string
  readonly port?: number
}

const protocols: Readonly<Record<string, Protocol>> = {
  http: { is: 'HTTP, pages and interfaces, over TCP', port: 80 },
  https: { is: 'HTTP over TLS, so that nobody reads along or changes anything, over TCP (HTTP/3: UDP)', port: 443 },
  ws: { is: 'WebSocket, messages both ways, over TCP', port: 80 },
  wss: { is: 'WebSocket over TLS', port: 443 },
  ftp: { is: 'FTP, files, over TCP', port: 21 },
  ssh: { is: 'SSH, a shell on another machine, over TCP', port: 22 },
  sftp: { is: 'files over SSH, over TCP', port: 22 },
  smtp: { is: 'SMTP, handing over mail, over TCP', port: 25 },
  imap: { is: 'IMAP, reading mail, over TCP', port: 143 },
  imaps: { is: 'IMAP over TLS', port: 993 },
  irc: { is: 'IRC, chat, over TCP', port: 6667 },
  ldap: { is: 'LDAP, directories, over TCP', port: 389 },
  dns: { is: 'DNS, names to addresses, over UDP and TCP', port: 53 },
  ntp: { is: 'NTP, the time, over UDP', port: 123 },
  udp: { is: 'UDP: datagrams of any protocol' },
  tcp: { is: 'TCP: a stream of any protocol' },
}

/** Takes a URL, or a name alone, apart. Throws OPTION_INVALID for what is neither. */
export function urlParts(input: string): UrlParts {
  const hasProtocol = /^[a-z][a-z0-9+.-]*:/i.test(input) && !/^[^/]*:\d+(\/|$)/.test(input)
  const url = parsed(hasProtocol ? input : `name://${input}`, input)
  const host = hostOf(url)
  const isAddress = /^\[.*\]$|^\d+\.\d+\.\d+\.\d+$/.test(host)
  const parts: UrlPart[] = [
    ...(hasProtocol ? protocolPart(url) : []),
    ...(url.username === ''
      ? []
      : [{ part: 'user', text: url.username, meaning: 'who asks, as the server knows him' } as const]),
    ...(isAddress
      ? [{ part: 'address', text: host, meaning: 'an address already; no name is looked up' } as const]
      : nameParts(host)),
    ...portPart(url),
    ...(url.pathname === '' || (url.pathname === '/' && !input.endsWith('/')) ? [] : [pathPart(url.pathname)]),
    ...(url.search === ''
      ? []
      : [{ part: 'query', text: url.search, meaning: 'values for the server, sent with the path' } as const]),
    ...(url.hash === ''
      ? []
      : [{ part: 'fragment', text: url.hash, meaning: 'a place within the page; it is never sent' } as const]),
  ]
  return { parts, host: isAddress || host === '' ? undefined : absolute(host) }
}

function parsed(text: string, input: string): URL {
  try {
    return new URL(text)
  } catch {
    throw fail('OPTION_INVALID', { option: 'URL', rule: 'a URL or a name', got: JSON.stringify(input) })
  }
}

/** URLs of protocols that Node does not know have letters beyond ASCII as percent codes of their bytes. */
function hostOf({ hostname }: URL): string {
  const letters = hostname.replace(/(?:%[89a-f][0-9a-f])+/gi, (codes) => {
    return Buffer.from(codes.replaceAll('%', ''), 'hex').toString()
  })
  return asciiName(letters)
}

function absolute(host: string): string {
  return host.endsWith('.') ? host : `${host}.`
}

function protocolPart({ protocol }: URL): UrlPart[] {
  const name = protocol.slice(0, -1)
  const known = Object.hasOwn(protocols, name) ? protocols[name] : undefined
  return [{ part: 'protocol', text: name, meaning: known?.is ?? 'a protocol that programs agree on' }]
}

/** From the root down, as servers are asked. */
function nameParts(host: string): UrlPart[] {
  if (host === '') return []
  const labels = absolute(host).slice(0, -1).split('.')
  const names = labels.map((_, at) => `${labels.slice(at).join('.')}.`).reverse()
  const meaning = (at: number): string => {
    const isHost = at === names.length - 1
    const where = at === 0 ? 'a top-level domain, in the root zone' : `a name below ${names[at - 1]}`
    return isHost ? `${where}: the host, whose address is looked up` : where
  }
  return [
    { part: 'name', text: '.', meaning: 'the root, where every name ends' },
    ...names.map((name, at): UrlPart => ({ part: 'name', text: name, meaning: meaning(at) })),
  ]
}

function portPart({ protocol, port, hostname }: URL): UrlPart[] {
  if (port !== '') return [{ part: 'port', text: port, meaning: 'the program on that machine, as the URL says' }]
  const name = protocol.slice(0, -1)
  const usual = Object.hasOwn(protocols, name) ? protocols[name]?.port : undefined
  if (usual === undefined || hostname === '') return []
  return [{ part: 'port', text: String(usual), meaning: `the program on that machine; the usual one of ${name}` }]
}

function pathPart(path: string): UrlPart {
  return { part: 'path', text: path, meaning: 'what is wanted; the server alone knows what it means' }
}
