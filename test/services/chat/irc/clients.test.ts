/** What people use: irssi and WeeChat, driven in terminals, in a room with a member over UDP. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../../support/until.js'
import { type ChatServer, serveChat, udpClient } from '../../../support/chat.js'
import { type IrcClient, ircClient } from './irc-client.js'
import { isInstalled, Terminal } from './terminal.js'

const unlimited = { peer: 'none', address: 'none', room: 'none' } as const

/** A server, an IRC member `watch` in #lobby, and a folder for the program's files. */
async function scene(
  run: (parts: { chat: ChatServer; watch: IrcClient; folder: string }) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lanework-irc-'))
  const chat = await serveChat({ name: 'irc.test', motd: 'Welcome to the rooms', register: true, limits: unlimited })
  const watch = await ircClient(chat.ports.irc, 'watch')
  watch.send('JOIN #lobby')
  await watch.line(/ 366 /)
  try {
    await run({ chat, watch, folder })
  } finally {
    watch.close()
    await chat.server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const withoutIrssi = isInstalled('tmux', 'irssi') ? false : 'irssi or tmux is not here'
test('irssi connects, joins, talks, looks around, and quits', { timeout: 120_000, skip: withoutIrssi }, async () => {
  await scene(async ({ chat, watch, folder }) => {
    const udp = await udpClient(chat.ports.udp)
    // Left alone it sends one command in two seconds.
    writeFileSync(join(folder, 'config'), 'settings = { "irc/core" = { cmd_queue_speed = "10msec"; }; };\n')
    const irssi = new Terminal(`irssi --home=${folder} --connect=127.0.0.1 --port=${chat.ports.irc} --nick=ida`)
    try {
      await irssi.shows(/Welcome to the lanework network, ida/)
      await irssi.shows(/Welcome to the rooms/)
      irssi.type('/join #lobby')
      await watch.line(/^:ida!\S+ JOIN #lobby$/)
      await irssi.shows(/Join to #lobby was synced/)
      irssi.type('hello from irssi')
      await watch.line(/^:ida!\S+ PRIVMSG #lobby :hello from irssi$/)
      watch.send('PRIVMSG #lobby :hello ida')
      await irssi.shows(/<.?watch> hello ida/)
      udp.send('hello from a datagram')
      await irssi.shows(/> hello from a datagram/)
      irssi.type('/me dances')
      await watch.line(/PRIVMSG #lobby :.ACTION dances.$/)
      await until('UDP sees the action', () => udp.heard.some((text) => text.includes('* ida dances')))
      irssi.type('/topic #lobby what we talk about')
      await irssi.shows(/#lobby You're not channel operator/)
      irssi.type('/names')
      await irssi.shows(/ida.*watch|watch.*ida/)
      irssi.type('/nick irma')
      await watch.line(/^:ida!\S+ NICK irma$/)
      await irssi.shows(/You're now known as irma/)
      irssi.type('/msg watch just for you')
      await watch.line(/^:irma!\S+ PRIVMSG watch :just for you$/)
      // What is of no room is shown in the first window.
      irssi.type('/window goto 1')
      irssi.type('/whois irma')
      await irssi.shows(/channels : .*#lobby/)
      await irssi.shows(/End of WHOIS/)
      irssi.type('/join #ours')
      await irssi.shows(/Join to #ours was synced/)
      irssi.type('/topic a topic of ours')
      await irssi.shows(/irma changed the topic of #ours to: a topic of ours/)
      irssi.type('/mode +m')
      await irssi.shows(/mode\/#ours \[\+m\] by irma/)
      irssi.type('/part #ours bye')
      irssi.type('/part #lobby see you')
      await watch.line(/^:irma!\S+ PART #lobby :see you$/)
      irssi.type('/join #lobby')
      await watch.line(/^:irma!\S+ JOIN #lobby$/)
      irssi.type('/quit gone home')
      await watch.line(/^:irma!\S+ QUIT :Quit: gone home$/)
      await irssi.ended()
    } finally {
      irssi.close()
      await udp.close()
    }
  })
})

const withoutWeechat = isInstalled('tmux', 'weechat') ? false : 'weechat or tmux is not here'
test(
  'WeeChat logs in with SASL, joins, talks, looks around, and quits',
  { timeout: 120_000, skip: withoutWeechat },
  async () => {
    await scene(async ({ chat, watch, folder }) => {
      const maker = await ircClient(chat.ports.irc, 'wanda')
      maker.send('REGISTER * * correct-horse')
      await maker.line(/REGISTER SUCCESS wanda/)
      maker.close()
      writeFileSync(
        join(folder, 'irc.conf'),
        [
          '[server]',
          `rooms.addresses = "127.0.0.1/${chat.ports.irc}"`,
          'rooms.ssl = off',
          'rooms.anti_flood_prio_high = 0',
          'rooms.anti_flood_prio_low = 0',
          'rooms.anti_flood = 0',
          'rooms.tls = off',
          'rooms.nicks = "wanda"',
          'rooms.capabilities = "*"',
          'rooms.sasl_mechanism = plain',
          'rooms.sasl_username = "wanda"',
          'rooms.sasl_password = "correct-horse"',
          'rooms.autoconnect = on',
          '',
        ].join('\n'),
      )
      const weechat = new Terminal(`weechat -d ${folder} -P irc -r '/set irc.look.server_buffer independent'`)
      try {
        weechat.type('/buffer irc.server.rooms')
        await weechat.shows(/SASL authentication successful/)
        await weechat.shows(/Welcome to the rooms/)
        weechat.type('/join #lobby')
        await watch.line(/^:wanda!\S+ JOIN #lobby$/)
        await weechat.shows(/Channel #lobby: 2 nicks/)
        weechat.type('hello from weechat')
        await watch.line(/^:wanda!\S+ PRIVMSG #lobby :hello from weechat$/)
        // With echo-message it shows its own words when they come back.
        await weechat.shows(/wanda.*hello from weechat/)
        watch.send('PRIVMSG #lobby :hello wanda, 你好')
        await weechat.shows(/watch.*hello wanda, 你好/)
        watch.send('WHOIS wanda')
        await watch.line(/ 330 watch wanda wanda :is logged in as/)
        weechat.type('/me dances')
        await watch.line(/PRIVMSG #lobby :.ACTION dances.$/)
        weechat.type('/names')
        await weechat.shows(/Nicks #lobby: .*watch/)
        weechat.type('/whois watch')
        weechat.type('/nick wilma')
        await watch.line(/^:wanda!\S+ NICK wilma$/)
        weechat.type('/msg watch just for you')
        await watch.line(/^:wilma!\S+ PRIVMSG watch :just for you$/)
        weechat.type('/join #ours')
        await weechat.shows(/Channel #ours: 1 nick /)
        weechat.type('/topic a topic of ours')
        await weechat.shows(/wilma has .*topic for #ours.* "?a topic of ours/)
        weechat.type('/part bye')
        weechat.type('/buffer irc.rooms.#lobby')
        weechat.type('/part see you')
        await watch.line(/^:wilma!\S+ PART #lobby :see you$/)
        weechat.type('/quit gone home')
        await weechat.ended()
        watch.send('WHOIS wilma')
        await watch.line(/ 401 watch wilma /)
      } finally {
        weechat.close()
      }
    })
  },
)
