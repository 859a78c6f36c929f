/**
 * HTTP/1.1 over connections of ours: Node's parser and nothing else of its server. Each connection is a visit, which ends, or
 * becomes something else by an upgrade. It sets no timers: whoever accepts the connections watches over them.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import type { CloseReason, StreamConnection } from '../types.ts'
import { ConnectionDuplex } from './connection-duplex.ts'
import { answerPage, originForm, refusal, words, type PageAnswer } from './page-answer.ts'
import type { Pages } from './pages.ts'

/** The head of a request, in bytes; a browser's is some 500, with cookies up to 4 KiB each. */
const headBytes = 16_384
const headerCountLimit = 100

export interface HttpOptions {
  readonly pages: Pages
  /** Refuses a request before it is answered; undefined to go on. */
  readonly check?: ((request: IncomingMessage) => PageAnswer | undefined) | undefined
  /** Takes the connection over, or says why not. @default upgrades are refused */
  readonly upgrade?: ((visit: HttpVisit, request: IncomingMessage, head: Buffer) => Refused | undefined) | undefined
}

/** What is answered instead of an upgrade, and why. */
export interface Refused {
  readonly answer: PageAnswer
  readonly reason: string
}

export interface HttpEvents {
  onAnswered(status: number): void
  onRefused(status: number, reason: string): void
  onClose(reason: CloseReason): void
}

/** Takes over an accepted connection, in the turn that hands it over. */
export type HttpAccept = (connection: StreamConnection, events: HttpEvents) => HttpVisit

/** A server without sockets of its own. */
export function httpOver({ pages, check, upgrade }: HttpOptions): HttpAccept {
  const visits = new WeakMap<object, HttpVisit>()
  const server = createServer({ maxHeaderSize: headBytes, keepAlive: true, requireHostHeader: false })
  server.maxHeadersCount = headerCountLimit
  const answerTo = (request: IncomingMessage): PageAnswer =>
    (lacksHost(request) ? refusal(400) : check?.(request)) ?? answerPage(pages, wordsOf(request))
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    ;(visits.get(request.socket) as HttpVisit).answer(response, answerTo(request))
  })
  server.on('checkContinue', (request, response) => {
    ;(visits.get(request.socket) as HttpVisit).answer(response, refusal(417))
  })
  server.on('upgrade', (request, socket, head) => {
    const visit = visits.get(socket) as HttpVisit
    if (!asksForWebSocket(request)) return visit.answerLast(answerTo(request), request.method !== 'HEAD')
    visit.requests++
    request.url = originForm(request.url ?? '')
    const refuse400 = (reason: string): Refused => ({ answer: refusal(400), reason })
    const refused = lacksHost(request)
      ? refuse400('it names no host')
      : upgrade === undefined
        ? refuse400('there are only pages')
        : upgrade(visit, request, head)
    if (refused === undefined) visits.delete(socket)
    else visit.refuse(refused.answer, refused.reason)
  })
  server.on('connect', (_request, socket) => (visits.get(socket) as HttpVisit).refuse(refusal(405), 'CONNECT'))
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
    visits.get(socket)?.refuse(refusal(status), error.message)
  })
  return (connection, events) => {
    const visit = new HttpVisit(new ConnectionDuplex(connection), events)
    visits.set(visit.duplex, visit)
    server.emit('connection', visit.duplex)
    return visit
  }
}

/** Node would answer this one by itself, and nobody would count it (RFC 9112, section 3.2). */
function lacksHost({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.host === undefined && httpVersion === '1.1'
}

/** What else is offered may be ignored, and is (RFC 9110, section 7.8). */
function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return (headers.upgrade ?? '').split(',').some((each) => each.trim().toLowerCase() === 'websocket')
}

function wordsOf({ method = '', url = '', headers }: IncomingMessage): Parameters<typeof answerPage>[1] {
  return {
    method,
    target: url,
    acceptEncoding: textOf(headers['accept-encoding']),
    ifNoneMatch: headers['if-none-match'],
    hasBody: headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0,
  }
}

function textOf(field: string | string[] | undefined): string | undefined {
  return Array.isArray(field) ? field.join(', ') : field
}

export class HttpVisit {
  requests = 0
  readonly duplex: ConnectionDuplex
  readonly #events: HttpEvents
  /** Requests whose answers have not left. */
  #answering = 0
  #bytesSinceAnswer = 0
  #isLeaving = false
  #isOver = false
  readonly #onBytes = (chunk: Buffer): void => {
    this.#bytesSinceAnswer += chunk.length
  }
  readonly #onPeerEnd = (): void => this.end()

  constructor(duplex: ConnectionDuplex, events: HttpEvents) {
    this.duplex = duplex
    this.#events = events
    duplex.onClosed = (reason): void => {
      if (!this.#isOver) events.onClose(reason)
    }
    duplex.on('data', this.#onBytes)
    duplex.on('end', this.#onPeerEnd)
  }

  get state(): 'asking' | 'answering' | 'resting' | 'leaving' {
    if (this.#isLeaving) return 'leaving'
    if (this.#answering > 0) return 'answering'
    return this.requests === 0 || this.#bytesSinceAnswer > 0 ? 'asking' : 'resting'
  }

  get queuedBytes(): number {
    return this.duplex.connection.queuedBytes + this.duplex.writableLength
  }

  answer(response: ServerResponse, { status, headers, body, isLast }: PageAnswer): void {
    this.requests++
    this.#answering++
    this.#bytesSinceAnswer = 0
    // Of what is no page of ours nothing is read any more than Node has.
    response.req.resume()
    response.on('error', () => {})
    response.on('close', () => {
      this.#answering--
      if (isLast) this.end()
    })
    response.writeHead(status, headers)
    response.end(body)
    this.#events.onAnswered(status)
  }

  /** Answers a request that Node has given up to us, since it offers an upgrade, and ends. */
  answerLast(answer: PageAnswer, hasBody: boolean): void {
    if (this.#isOver || this.#isLeaving) return
    this.requests++
    this.#write(answer, hasBody)
    this.#events.onAnswered(answer.status)
    this.end()
  }

  /** Answers what is no request, or none that is met, and ends. */
  refuse(answer: PageAnswer, reason: string): void {
    if (this.#isOver || this.#isLeaving) return
    this.#write(answer, true)
    this.#events.onRefused(answer.status, reason)
    this.end()
  }

  #write({ status, headers, body }: PageAnswer, hasBody: boolean): void {
    if (!this.duplex.writable) return
    const lines = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}`)
    this.duplex.write(`HTTP/1.1 ${status} ${words[status]}\r\n${lines.join('\r\n')}\r\n\r\n`)
    if (hasBody) this.duplex.write(body)
  }

  timeOut(): void {
    this.refuse(refusal(408), 'the request took too long')
  }

  /** The connection is somebody else's from now on. */
  handOver(): ConnectionDuplex {
    this.#isOver = true
    this.duplex.off('data', this.#onBytes)
    this.duplex.off('end', this.#onPeerEnd)
    return this.duplex
  }

  end(): void {
    if (this.#isOver || this.#isLeaving) return
    this.#isLeaving = true
    this.duplex.end()
    // What still comes is read and dropped: unread bytes would turn our end into a reset.
    this.duplex.resume()
  }

  destroy(): void {
    this.duplex.destroy()
  }
}
