/** Options of chat that make no sense are refused in a sentence. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { chatSettings } from '#lanework/services/chat/options.js'

test('a room whose name no room has', () => {
  assert.throws(() => chatSettings({ room: 'lobby' }), {
    code: 'OPTION_INVALID',
    message: /^Option room must be the name of a room, which begins with #; got lobby/,
  })
})
