/** `lanework talk --room` on a terminal, driven in tmux: what is being typed stays whole, and what a limit refuses can be sent again. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { serve, type Server } from '#lanework/server/index.js'
import { chatService, joinRoom, type RoomClient } from '#lanework/services/chat/index.js'
import { isInstalled, Terminal } from '../services/chat/irc/terminal.js'

const skip = isInstalled('tmux') ? false : 'tmux is not there'

describe('talk --room on a terminal', { skip }, () => {
  let server: Server
  let bob: RoomClient
  let terminal: Terminal
  before(async () => {
    const limits = { peer: { messages: 2, seconds: 60 }, address: 'none', room: 'none' } as const
    server = await serve(chatService({ limits }), { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'] })
    bob = await joinRoom(server.addresses[1] ?? '', { nick: 'bob' })
    terminal = new Terminal(`${process.execPath} dist/cli/main.js talk --room ${server.addresses[0]} --nick alice`)
    await terminal.shows(/you are in #lobby, 2 members/)
  })
  after(async () => {
    terminal?.close()
    await bob?.close()
    await server?.close()
  })

  test('shows what one says as it comes back, in place of what was typed', async () => {
    terminal.type('hello everybody')
    const screen = await terminal.shows(/<alice> hello everybody\n>/)
    assert.doesNotMatch(screen, /^> hello everybody/m)
  })

  test('keeps a line that is being typed, longer than the screen is wide, below what comes', async () => {
    const long = Array.from({ length: 40 }, (_, count) => `word${count}`).join(' ')
    terminal.press(long)
    await terminal.shows(/word39/)
    await bob.say('interrupting')
    await bob.say('/me waves')
    const screen = await terminal.shows(/<bob> interrupting\n\* bob waves\n> word0 /)
    // Wrapped where the screen ends, and once.
    assert.equal(screen.replaceAll('\n', '').split(long).length, 2, screen)
    terminal.type('')
    await terminal.shows(/<alice> word0/)
  })

  test('puts back what a limit refused', async () => {
    terminal.type('too much')
    await terminal.shows(/-- you send too much too fast: not said; again in \d+ s\n> too much\n/)
  })

  test('says goodbye at Ctrl-C', async () => {
    terminal.press('C-c', true)
    await terminal.ended()
    for await (const { text } of bob) if (text.startsWith('-- alice has gone')) break
  })
})
