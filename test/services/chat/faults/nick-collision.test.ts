import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unlessNative } from '../../../support/sharing.ts'
import { until } from '../../../support/until.ts'
import { ircMember, type Member } from './members.ts'
import { serveLanes } from './served.ts'

const rounds = 100
/** A client has so many commands at once, and then a few a second. */
const roundsOfTwo = 10

/** What a member was told of its wish, from this line on. */
function outcomeOf(member: Member, nick: string, from: number): 'has it' | 'taken' | undefined {
  for (const line of member.lines.slice(from)) {
    if (new RegExp(`^:\\S+ NICK :?${nick}$`, 'i').test(line)) return 'has it'
    if (new RegExp(`^:\\S+ 433 \\S+ ${nick} `, 'i').test(line)) return 'taken'
  }
  return undefined
}

describe('one nick at the same instant in two lanes', { skip: unlessNative }, () => {
  it(`is given to exactly one of two who want it, ${rounds} times`, async () => {
    const served = await serveLanes({})
    const connections = (): number[] => served.server.status().lanes.map((lane) => lane.connections)
    let two: Member[] = []
    for (let round = 0; round < rounds; round++) {
      if (round % roundsOfTwo === 0) {
        for (const member of two) member.close()
        await until('they have gone', () => connections().every((count) => count === 0))
        // In rooms of their own, so that each hears only its own changes.
        two = [
          await ircMember(served.irc, `anna${round}x`, '#one'),
          await ircMember(served.irc, `berta${round}x`, '#two'),
        ]
        assert.deepEqual(connections(), [1, 1], 'one in each lane')
      }
      const wanted = [`Round${round}`, `rOUND${round}`]
      const from = two.map(({ lines }) => lines.length)
      two.forEach((member, index) => member.send(`NICK ${wanted[index]}`))
      const outcomes = await until(`round ${round} is decided`, () => {
        const found = two.map((member, index) => outcomeOf(member, wanted[index] as string, from[index] as number))
        return found.every((outcome) => outcome !== undefined) && found
      })
      assert.deepEqual([...outcomes].sort(), ['has it', 'taken'], `round ${round}`)
    }
  })
})
