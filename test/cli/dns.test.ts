/** The command `lanework dns`: check and format, what they print and how they exit. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(import.meta.resolve('#lanework/cli/main.js'))
const folder = mkdtempSync(join(tmpdir(), 'lanework-dns-'))
after(() => rmSync(folder, { recursive: true }))

const sound = '$TTL 1h\n@ SOA ns mail 1 2h 15m 2w 1h\n@ NS ns\nns A 192.0.2.1\n$INCLUDE more\n'
writeFileSync(join(folder, 'sound'), sound)
writeFileSync(join(folder, 'more'), 'www CNAME ns\n')
writeFileSync(join(folder, 'odd'), `${sound}@ MX 10 www\nwww TXT "\\027[2J"\n`)
writeFileSync(join(folder, 'broken'), '$TTL 1h\na A x\nb B x\n')

function dns(args: readonly string[], input = '') {
  return spawnSync(process.execPath, [command, 'dns', ...args], {
    cwd: folder,
    input,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '' },
  })
}

describe('lanework dns check', () => {
  it('says that nothing is wrong, and exits with 0', () => {
    const { status, stdout } = dns(['check', 'sound', '--origin', 'example.com'])
    assert.deepEqual([status, stdout], [0, 'example.com. 4 records: nothing is wrong\n'])
  })
  it('says what is wrong with file and line, and exits with 1', () => {
    const { status, stdout } = dns(['check', 'odd', '--origin', 'example.'])
    assert.equal(status, 1)
    assert.match(
      stdout,
      /^more:1: error: www\.example\. a CNAME stands alone, but there is TXT as well \(cname-and-other\)$/m,
    )
    assert.match(stdout, /^odd:6: warning: example\. MX points at a CNAME \(target-is-alias\)$/m)
    assert.match(stdout, /^example\. 6 records: 1 error, 1 warning$/m)
  })
  it('says all that is wrong with the syntax, with columns', () => {
    const { status, stdout } = dns(['check', 'broken'])
    assert.equal(status, 1)
    assert.match(
      stdout,
      /^broken:2:5: error: an IPv4 address is wanted, not "x" \(syntax\)\nbroken:3:3: error: a type is wanted, not "B" \(syntax\)\n2 errors, 0 warnings\n$/,
    )
  })
  it('reads stdin, and prints one JSON value', () => {
    const { status, stdout } = dns(
      ['check', '-', '--json', '--limit', '1'],
      '$TTL 1\nexample. SOA . . 1 2 3 4 5\na.test. A 192.0.2.1\n',
    )
    assert.equal(status, 1)
    const check = JSON.parse(stdout) as Record<string, unknown>
    assert.deepEqual([check['origin'], check['records'], check['errors'], check['warnings']], ['example.', 2, 2, 0])
    assert.deepEqual(check['findings'], [
      {
        severity: 'error',
        rule: 'out-of-zone',
        name: 'a.test.',
        reason: 'the record is not within the zone',
        file: 'stdin',
        line: 3,
      },
    ])
    const broken = JSON.parse(dns(['check', 'broken', '--json']).stdout) as { findings: object[] }
    assert.deepEqual(broken.findings[0], {
      severity: 'error',
      rule: 'syntax',
      reason: 'an IPv4 address is wanted, not "x"',
      file: 'broken',
      line: 2,
      column: 5,
    })
  })
  it('exits with 2 for a file that is not there and an origin that is none', () => {
    assert.equal(dns(['check', 'nowhere']).status, 2)
    assert.match(dns(['check', 'nowhere']).stderr, /a file that can be read \(ENOENT\)/)
    assert.equal(dns(['check', 'sound', '--origin', 'a..b']).status, 2)
  })
})

describe('lanework dns format', () => {
  it('prints the zone in canonical order, absolute or relative', () => {
    const { status, stdout } = dns(['format', 'sound', '--origin', 'example'])
    assert.deepEqual(
      [status, stdout.split('\n')[0]],
      [0, 'example.\t3600\tIN\tSOA\tns.example. mail.example. 1 7200 900 1209600 3600'],
    )
    const relative = dns(['format', 'sound', '--origin', 'example', '--relative']).stdout
    assert.equal(
      relative.split('\n').slice(0, 2).join('|'),
      '$ORIGIN example.|@\t3600\tIN\tSOA\tns mail 1 7200 900 1209600 3600',
    )
    assert.equal(dns(['format', '-'], relative).stdout, stdout)
  })
  it('prints one JSON value a record', () => {
    const lines = dns(['format', 'sound', '--origin', 'example', '--json']).stdout.trim().split('\n')
    assert.equal(lines.length, 4)
    assert.deepEqual(JSON.parse(lines[3] ?? ''), {
      name: 'www.example.',
      ttl: 3600,
      class: 'IN',
      type: 'CNAME',
      data: 'ns.example.',
    })
  })
  it('exits with 1 for a file that is no zone, saying where', () => {
    const { status, stderr } = dns(['format', 'broken'])
    assert.equal(status, 1)
    assert.match(stderr, /broken:2:5: an IPv4 address is wanted/)
  })
})
