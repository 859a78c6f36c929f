/** docs/chat.md says what there is: every command, and lines that the server sends. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { commandTable } from '#lanework/services/chat/plain/commands.js'
import { faultInWords } from '#lanework/services/chat/plain/faults.js'

const text = readFileSync('docs/chat.md', 'utf8')

describe('docs/chat.md', () => {
  it('has every command, as /help has it', () => {
    for (const { name, takes, summary, aliases } of commandTable) {
      const also = aliases.length === 0 ? '' : `; also ${aliases.map((alias) => `\`/${alias}\``).join(', ')}`
      const row = `| \`${`/${name} ${takes}`.trimEnd()}\` | ${summary}${also} |`
      assert.ok(text.includes(row), row)
    }
    const rows = text.match(/^\| `\/\w+/gm) ?? []
    assert.equal(rows.length, commandTable.length, 'and no other')
  })

  it('shows the notice of a limit as it is', () => {
    const fault = { code: 'limited', message: '', scope: 'peer', action: 'drop', waitMs: 7_000 } as const
    assert.ok(text.includes(`-- ${faultInWords(fault)}`))
  })
})
