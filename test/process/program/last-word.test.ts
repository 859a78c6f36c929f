/** What a keeper says last, right before it is killed. */
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'

import { connect, listen } from '#lanework/io/index.js'
import { decodeValue } from '#lanework/process/codec/index.js'
import { controlFraming, encodeMessage, type ServerMessage } from '#lanework/process/control/messages.js'
import { Keeper } from '#lanework/process/keeper/keeper.js'
import type { EndRecord } from '#lanework/process/keeper/types.js'
import { freshControlPath } from '../../support/control-path.ts'

const bytesOf = (message: ServerMessage): Buffer => encodeMessage(message, 65_536)

function endOf(id: number): EndRecord {
  return { id, pid: 1_000 + id, exitCode: id, signal: undefined, resources: undefined, startedAt: 1, endedAt: 2 }
}

/** So many events at a time that a thread looks for more before it does anything else. */
const busy = 10

describe('the ends that a keeper tells with its last bytes', () => {
  it('are known, not lost with it', async () => {
    const path = join(dirname(freshControlPath()), 'k.sock')
    await using server = await listen(`unix:${path}`)
    const connecting = Keeper.connect(path)
    const connection = await server.accept()
    await connection.send(bytesOf(['hello', 1, 7]))
    const keeper = await connecting
    const waiting = [1, 2, 3].map((id) => keeper.endOf({ id, name: 'program', pid: 1_000 + id }))
    const lost = keeper.endOf({ id: 4, name: 'program', pid: 1_004 })
    const others = []
    for (let count = 0; count < busy; count++)
      others.push([await connect(`unix:${path}`), await server.accept()] as const)
    for await (const frame of connection.messages(controlFraming)) {
      const [kind, id] = decodeValue(frame) as [string, number]
      if (kind !== 'stream') continue
      const ends = [1, 2, 3].map((each) => bytesOf(['item', id, endOf(each)]))
      for (const [, other] of others) void other.send('x')
      void connection.send(Buffer.concat(ends))
      break
    }
    await connection.close()
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ exitCode }) => exitCode),
      [1, 2, 3],
    )
    await assert.rejects(lost, { code: 'KEEPER_LOST' })
    await keeper.lost
    for (const [client] of others) client.reset()
  })
})
