/** Transaction signatures (RFC 8945): what holds, and what is refused and how. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { decodeMessage, encodeMessage, parseName, tsigAlgorithms } from '#lanework/services/dns/index.js'
import { KeyRing, tsigKey } from '#lanework/services/dns/transfer/keys.js'
import { checkRequest, signRequest, type TsigSigner, tsigError } from '#lanework/services/dns/transfer/tsig.js'
import { appendTsig, splitTsig } from '#lanework/services/dns/transfer/tsig-record.js'
import { emptyMessage } from '../../../support/dns-messages.js'

const secret = Buffer.alloc(32, 7).toString('base64')
const now = 1_700_000_000
const query = encodeMessage({ ...emptyMessage, questions: [{ name: parseName('a.example.'), type: 1, class: 1 }] })
const keys = new KeyRing([{ name: 'Key.', secret }])
const key = keys.get('KEY.')!

/** The TSIG of an answer to a refused request. */
function errorOf(verdict: ReturnType<typeof checkRequest>): { rcode: number; error: number; macBytes: number } {
  assert.equal(verdict.kind, 'refused')
  assert.ok(verdict.kind === 'refused')
  const found = splitTsig(verdict.answer(query))
  if (found === undefined || found === 'misplaced') return { rcode: verdict.rcode, error: 0, macBytes: 0 }
  return { rcode: verdict.rcode, error: found.tsig.error, macBytes: found.tsig.mac.length }
}

describe('a signature', () => {
  for (const algorithm of tsigAlgorithms) {
    it(`of ${algorithm} holds, for the request and its answers, and no byte may change`, () => {
      const ring = new KeyRing([{ name: 'k.', algorithm, secret }])
      const { bytes, checker } = signRequest(query, ring.get('k.')!, now)
      const verdict = checkRequest(bytes, ring, now + 299)
      assert.ok(verdict.kind === 'signed')
      assert.deepEqual(Buffer.from(verdict.bare), Buffer.from(query))
      const answer = verdict.signer.sign(query, now)
      assert.equal(checker.check(answer, now), undefined)
      for (let at = 2; at < query.length; at++) {
        const changed = Uint8Array.from(bytes)
        changed[at] = changed[at]! ^ 1
        assert.notEqual(checkRequest(changed, ring, now).kind, 'signed', `byte ${at}`)
      }
    })
  }
  it('is what RFC 8945 4.3 says: message, key, class, TTL, algorithm, time, fudge, error and other data', () => {
    const number = (value: number, size: number): Buffer => {
      const bytes = Buffer.alloc(size)
      bytes.writeUIntBE(value, 0, size)
      return bytes
    }
    const expected = createHmac('sha256', Buffer.from(secret, 'base64'))
      .update(query)
      .update(parseName('key.'))
      .update(Buffer.concat([number(255, 2), number(0, 4), parseName('hmac-sha256.')]))
      .update(Buffer.concat([number(now, 6), number(300, 2), number(0, 2), number(0, 2)]))
      .digest()
    const found = splitTsig(signRequest(query, key, now).bytes)
    assert.ok(found !== undefined && found !== 'misplaced')
    assert.deepEqual(Buffer.from(found.tsig.mac), expected)
  })
  it('survives another id on the way', () => {
    const { bytes, checker } = signRequest(query, key, now)
    bytes[0] = 0x55
    const verdict = checkRequest(bytes, keys, now)
    assert.ok(verdict.kind === 'signed')
    const answer = verdict.signer.sign(Uint8Array.of(0x55, ...query.subarray(1)), now)
    assert.equal(answer[0], 0x55)
    answer[0] = query[0]!
    assert.equal(checker.check(answer, now), undefined)
  })
  it('is not needed: a message without one is unsigned, and so is what is no message', () => {
    assert.equal(checkRequest(query, keys, now).kind, 'unsigned')
    assert.equal(checkRequest(Uint8Array.of(1, 2, 3), keys, now).kind, 'unsigned')
  })
})

describe('a request whose signature does not hold', () => {
  const { bytes } = signRequest(query, key, now)
  it('is BADKEY with an unknown key, and with a known one of another algorithm', () => {
    assert.deepEqual(errorOf(checkRequest(bytes, new KeyRing(), now)), {
      rcode: 9,
      error: tsigError.BADKEY,
      macBytes: 0,
    })
    const other = new KeyRing([{ name: 'key.', algorithm: 'hmac-sha512', secret }])
    assert.equal(errorOf(checkRequest(bytes, other, now)).error, tsigError.BADKEY)
  })
  it('is BADSIG with another secret, and the answer is not signed', () => {
    const other = new KeyRing([{ name: 'key.', secret: Buffer.alloc(32, 8).toString('base64') }])
    assert.deepEqual(errorOf(checkRequest(bytes, other, now)), { rcode: 9, error: tsigError.BADSIG, macBytes: 0 })
  })
  it('is BADTIME outside the window, and the signed answer tells our time', () => {
    for (const off of [301, -301]) {
      const verdict = checkRequest(bytes, keys, now + off)
      assert.deepEqual(errorOf(verdict), { rcode: 9, error: tsigError.BADTIME, macBytes: 32 })
      assert.ok(verdict.kind === 'refused')
      const found = splitTsig(verdict.answer(query))
      assert.ok(found !== undefined && found !== 'misplaced')
      assert.equal(found.tsig.time, now)
      assert.equal(Buffer.from(found.tsig.other).readUIntBE(0, 6), now + off)
    }
  })
  it('is BADTRUNC with a shortened MAC, FORMERR with one too short or too long', () => {
    const found = splitTsig(bytes)
    assert.ok(found !== undefined && found !== 'misplaced')
    const { bare, tsig } = found
    const cut = (size: number): Uint8Array => {
      const mac = new Uint8Array(size)
      mac.set(tsig.mac.subarray(0, size))
      return appendTsig(bare, { ...tsig, mac })
    }
    assert.deepEqual(errorOf(checkRequest(cut(16), keys, now)), { rcode: 9, error: tsigError.BADTRUNC, macBytes: 32 })
    assert.deepEqual(errorOf(checkRequest(cut(15), keys, now)), { rcode: 1, error: 0, macBytes: 0 })
    assert.deepEqual(errorOf(checkRequest(cut(33), keys, now)), { rcode: 1, error: 0, macBytes: 0 })
    assert.deepEqual(errorOf(checkRequest(cut(0), keys, now)), { rcode: 1, error: 0, macBytes: 0 })
  })
  it('is FORMERR where the TSIG is not the last record, or comes twice', () => {
    const twice = signRequest(bytes, key, now).bytes
    assert.equal(errorOf(checkRequest(twice, keys, now)).rcode, 1)
    const signed = decodeMessage(bytes)
    const record = signed.additionals[0]!
    const early = encodeMessage({ ...signed, answers: [record], additionals: [] })
    assert.equal(errorOf(checkRequest(early, keys, now)).rcode, 1)
  })
})

describe('a transfer of many messages', () => {
  const message = (id: number): Uint8Array =>
    encodeMessage({ ...emptyMessage, id: 1, ra: id % 2 === 0, isResponse: true })
  it('is checked by a chain, with messages without a signature in between', () => {
    const { bytes, checker } = signRequest(query, key, now)
    const verdict = checkRequest(bytes, keys, now)
    assert.ok(verdict.kind === 'signed')
    for (let id = 0; id < 5; id++) assert.equal(checker.check(verdict.signer.sign(message(id), now), now), undefined)
    assert.equal(checker.isOpen, false)
    assert.equal(checker.check(message(6), now), undefined)
    assert.equal(checker.isOpen, true)
  })
  it('is refused where a message is missing, comes twice, or the first is not signed', () => {
    const begun = (): { checker: ReturnType<typeof signRequest>['checker']; signer: TsigSigner } => {
      const { bytes, checker } = signRequest(query, key, now)
      const verdict = checkRequest(bytes, keys, now)
      assert.ok(verdict.kind === 'signed')
      return { checker, signer: verdict.signer }
    }
    const one = begun()
    assert.equal(one.checker.check(message(1), now), 'it is not signed')
    const two = begun()
    two.signer.sign(message(1), now)
    assert.match(two.checker.check(two.signer.sign(message(2), now), now)!, /does not hold/)
    const three = begun()
    const first = three.signer.sign(message(1), now)
    assert.equal(three.checker.check(first, now), undefined)
    assert.match(three.checker.check(first, now)!, /does not hold/)
  })
  it('is refused after a hundred messages without a signature', () => {
    const { bytes, checker } = signRequest(query, key, now)
    const verdict = checkRequest(bytes, keys, now)
    assert.ok(verdict.kind === 'signed')
    assert.equal(checker.check(verdict.signer.sign(message(0), now), now), undefined)
    for (let id = 0; id < 99; id++) assert.equal(checker.check(message(id), now), undefined)
    assert.match(checker.check(message(0), now)!, /without a signature/)
  })
})

describe('a key', () => {
  it('is refused with a secret that is none, an unknown algorithm, or twice; the secret is not shown', () => {
    for (const given of [
      { name: 'k.', secret: 'short' },
      { name: 'k.', secret: 'not base64 at all, not at all, no' },
      { name: 'k.', secret, algorithm: 'hmac-md5' as 'hmac-sha1' },
    ]) {
      assert.throws(
        () => tsigKey(given),
        (error) => isLaneworkError(error, 'OPTION_INVALID') && !error.message.includes(given.secret),
      )
    }
    assert.throws(
      () =>
        new KeyRing([
          { name: 'k', secret },
          { name: 'K.', secret },
        ]),
      (error) => isLaneworkError(error, 'OPTION_INVALID'),
    )
  })
})
