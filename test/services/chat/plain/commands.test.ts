/** The command language: what a line means, and a help that cannot forget a command. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commandTable, helpLines, readInput, textBehind } from '#lanework/services/chat/plain/commands.js'
import { readModes } from '#lanework/services/chat/plain/run/mode-words.js'
import { runs } from '#lanework/services/chat/plain/run/run-command.js'

describe('the command language', () => {
  it('takes text for a message, with its blanks', () => {
    assert.deepEqual(readInput('  hello  /you '), { kind: 'say', text: '  hello  /you ' })
    assert.deepEqual(readInput('   '), { kind: 'nothing' })
    assert.deepEqual(readInput(''), { kind: 'nothing' })
  })

  it('takes two slashes for a text that begins with one', () => {
    assert.deepEqual(readInput('//etc/hosts'), { kind: 'say', text: '/etc/hosts' })
  })

  it('reads commands in any case, with their aliases, words and the rest as typed', () => {
    assert.deepEqual(readInput('/MSG bob  two  blanks '), {
      kind: 'command',
      name: 'msg',
      words: ['bob', 'two', 'blanks'],
      rest: 'bob  two  blanks',
    })
    assert.equal(textBehind('bob  two  blanks', 1), 'two  blanks')
    assert.deepEqual(readInput('/j #dev'), { kind: 'command', name: 'join', words: ['#dev'], rest: '#dev' })
    assert.deepEqual(readInput('/part'), { kind: 'command', name: 'leave', words: [], rest: '' })
  })

  it('names the nearest command for one that there is not', () => {
    assert.deepEqual(readInput('/hlep'), { kind: 'unknown', typed: 'hlep', nearest: 'help' })
    assert.deepEqual(readInput('/xylophone'), { kind: 'unknown', typed: 'xylophone', nearest: undefined })
    assert.deepEqual(readInput('/ '), { kind: 'unknown', typed: '', nearest: undefined })
    assert.equal(readInput('/constructor').kind, 'unknown')
  })

  it('knows how many words each command needs', () => {
    const least = Object.fromEntries(commandTable.map((row) => [row.name, row.least]))
    assert.deepEqual(
      [least['help'], least['nick'], least['msg'], least['unban'], least['ban'], least['login'], least['history']],
      [0, 1, 2, 1, 0, 2, 0],
    )
    assert.equal(readInput('/msg bob').kind, 'misused')
    assert.equal(readInput('/nick').kind, 'misused')
  })

  it('has every command in its help and runs every one', () => {
    const help = helpLines().join('\n')
    for (const { name, aliases } of commandTable) {
      assert.match(help, new RegExp(`^/${name}\\b`, 'm'))
      for (const alias of aliases) assert.ok(help.includes(`/${alias}`), alias)
    }
    assert.deepEqual(Object.keys(runs).toSorted(), commandTable.map(({ name }) => name).toSorted())
    const all = commandTable.flatMap(({ name, aliases }) => [`${name}`].concat(aliases))
    assert.equal(new Set(all).size, all.length)
  })
})

describe('modes as they are typed', () => {
  it('reads letters with one sign for several, and values from the words behind', () => {
    assert.deepEqual(readModes(['+mt-i', '+ol', 'alice', '20']), {
      changes: [
        { mode: 'moderated', on: true },
        { mode: 'topicLocked', on: true },
        { mode: 'inviteOnly', on: false },
        { mode: 'operator', on: true, value: 'alice' },
        { mode: 'limit', on: true, value: '20' },
      ],
    })
  })

  it('reads whole names, and needs no value to take a key or a limit back', () => {
    assert.deepEqual(readModes(['+moderated', '-LIMIT', '-k']), {
      changes: [
        { mode: 'moderated', on: true },
        { mode: 'limit', on: false },
        { mode: 'key', on: false },
      ],
    })
  })

  it('says which mode there is not, and which lacks its value', () => {
    assert.deepEqual(readModes(['+mz']), { unknown: 'z' })
    assert.deepEqual(readModes(['+constructor']), { unknown: 'c' })
    assert.deepEqual(readModes(['-o']), { missing: 'operator' })
  })
})
