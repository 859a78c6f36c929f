/** Conversations about members: PRIVMSG, NOTICE, TAGMSG, NICK, WHO, WHOIS, WHOWAS, AWAY, MODE, USERHOST, ISON, OPER, KILL, WALLOPS, QUIT. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { House } from './irc-house.js'
import { play } from './transcript.js'

const inRoom = `
    alice> JOIN #a
    alice< :alice!alice@host.test JOIN #a
    alice< :irc.test 353 alice = #a :@alice
    alice< :irc.test 366 alice #a :End of /NAMES list
    bob> JOIN #a
    bob< :bob!bob@host.test JOIN #a
    bob< :irc.test 353 bob = #a :@alice bob
    bob< :irc.test 366 bob #a :End of /NAMES list
    alice< :bob!bob@host.test JOIN #a
`

test('PRIVMSG and NOTICE: to rooms and members; notices are never answered with errors', async () => {
  await play(
    new House(),
    `${inRoom}
    alice> PRIVMSG #a :hello there
    bob< :alice!alice@host.test PRIVMSG #a :hello there
    alice> PRIVMSG bob hi
    bob< :alice!alice@host.test PRIVMSG bob :hi
    alice> NOTICE #A,BOB :both
    bob< :alice!alice@host.test NOTICE #a :both
    bob< :alice!alice@host.test NOTICE bob :both
    alice> PRIVMSG alice :myself
    alice< :alice!alice@host.test PRIVMSG alice :myself
    alice> PRIVMSG
    alice< :irc.test 411 alice :No recipient given (PRIVMSG)
    alice> PRIVMSG #a
    alice< :irc.test 412 alice :No text to send
    alice> PRIVMSG #a :
    alice< :irc.test 412 alice :No text to send
    alice> PRIVMSG nobody :x
    alice< :irc.test 401 alice nobody :No such nick/channel
    alice> PRIVMSG #none :x
    alice< :irc.test 403 alice #none :No such channel
    carol> PRIVMSG #a :from outside
    carol< :irc.test 404 carol #a :…
    carol> NOTICE nobody :x
    carol> NOTICE
    carol> NOTICE #a :x
    alice> PRIVMSG bob,carol,bob,alice,x,y :many
    alice< :irc.test 407 alice y :Too many targets
    bob< :alice!alice@host.test PRIVMSG bob :many
    carol< :alice!alice@host.test PRIVMSG carol :many
    alice< :alice!alice@host.test PRIVMSG alice :many
    alice< :irc.test 401 alice x :No such nick/channel
    alice> MODE #a +b carol
    alice< :alice!alice@host.test MODE #a +b carol!*@*
    bob< :alice!alice@host.test MODE #a +b carol!*@*
    alice> MODE #a +m
    alice< :alice!alice@host.test MODE #a +m
    bob< :alice!alice@host.test MODE #a +m
    bob> PRIVMSG #a :may I
    bob< :irc.test 404 bob #a :You may not speak there
    `,
  )
})

test('actions and questions between programs (CTCP) pass, also as formatted text', async () => {
  const house = new House()
  await play(
    house,
    `${inRoom}
    alice> PRIVMSG #a :^AACTION waves^A
    bob< :alice!alice@host.test PRIVMSG #a :^AACTION waves^A
    alice> PRIVMSG bob :^AVERSION^A
    bob< :alice!alice@host.test PRIVMSG bob :^AVERSION^A
    bob> NOTICE alice :^AVERSION irssi 1.4^A
    alice< :bob!bob@host.test NOTICE alice :^AVERSION irssi 1.4^A
    alice> PRIVMSG #a :\u0002bold\u0002 \u000304red
    bob< :alice!alice@host.test PRIVMSG #a :\u0002bold\u0002 \u000304red
    `,
  )
  assert.deepEqual(
    house.stored.map(({ saying }) => [saying.kind, saying.text]),
    [
      ['action', 'waves'],
      ['message', 'VERSION'],
      ['notice', 'VERSION irssi 1.4'],
      ['message', 'bold red'],
    ],
  )
})

test('NICK: everybody near hears it; taken, bad and look-alike nicks are refused', async () => {
  await play(
    new House(),
    `${inRoom}
    alice> NICK alicia
    alice< :alice!alice@host.test NICK alicia
    bob< :alice!alice@host.test NICK alicia
    bob> NICK Alicia
    bob< :irc.test 433 bob Alicia :Nickname is already in use
    bob> NICK b!b
    bob< :irc.test 432 bob b!b :…
    bob> NICK аlicia
    bob< :irc.test 433 bob аlicia :…
    bob> NICK
    bob< :irc.test 431 bob :No nickname given
    bob> NICK :
    bob< :irc.test 431 bob :No nickname given
    bob> NICK Bob
    bob< :bob!bob@host.test NICK Bob
    alice< :bob!bob@host.test NICK Bob
    alice> MODE #a +q bob
    alice< :alicia!alice@host.test MODE #a +q bob!*@*
    bob< :alicia!alice@host.test MODE #a +q bob!*@*
    bob> NICK robert
    bob< :irc.test 435 Bob robert #a :Cannot change nickname while banned on channel
    `,
  )
})

test('AWAY: the speaker is told; WHO and WHOIS say it', async () => {
  await play(
    new House(),
    `${inRoom}
    bob> AWAY :at lunch
    bob< :irc.test 306 bob :You have been marked as being away
    alice> PRIVMSG bob :there?
    alice< :irc.test 301 alice bob :at lunch
    bob< :alice!alice@host.test PRIVMSG bob :there?
    alice> NOTICE bob :there?
    bob< :alice!alice@host.test NOTICE bob :there?
    alice> WHO #a
    alice< :irc.test 352 alice #a alice host.test irc.test alice H@ :0 alice Real
    alice< :irc.test 352 alice #a bob host.test irc.test bob G :0 bob Real
    alice< :irc.test 315 alice #a :End of WHO list
    bob> AWAY
    bob< :irc.test 305 bob :You are no longer marked as being away
    `,
  )
})

test('WHO by mask, of operators, and with WHOX', async () => {
  await play(
    new House(),
    `${inRoom}
    alice> WHO bo?
    alice< :irc.test 352 alice #a bob host.test irc.test bob H :0 bob Real
    alice< :irc.test 315 alice bo? :End of WHO list
    alice> WHO bob
    alice< :irc.test 352 alice #a bob host.test irc.test bob H :0 bob Real
    alice< :irc.test 315 alice bob :End of WHO list
    alice> WHO nobody
    alice< :irc.test 315 alice nobody :End of WHO list
    alice> WHO #none
    alice< :irc.test 315 alice #none :End of WHO list
    alice> WHO * o
    alice< :irc.test 315 alice * :End of WHO list
    alice> WHO #a %tcuhsnfdlaor,152
    alice< :irc.test 354 alice 152 #a alice host.test irc.test alice H@ 0 … 0 n/a :alice Real
    alice< :irc.test 354 alice 152 #a bob host.test irc.test bob H 0 … 0 n/a :bob Real
    alice< :irc.test 315 alice #a :End of WHO list
    alice> WHO #a %na
    alice< :irc.test 354 alice alice 0
    alice< :irc.test 354 alice bob 0
    alice< :irc.test 315 alice #a :End of WHO list
    `,
  )
})

test('WHOIS and WHOWAS; USERHOST and ISON', async () => {
  await play(
    new House(),
    `${inRoom}
    alice> WHOIS bob
    alice< :irc.test 311 alice bob bob host.test * :bob Real
    alice< :irc.test 319 alice bob :#a
    alice< :irc.test 312 alice bob irc.test :lanework chat
    alice< :irc.test 320 alice bob :is connected over IRC
    alice< :irc.test 317 alice bob … … :seconds idle, signon time
    alice< :irc.test 318 alice bob :End of /WHOIS list
    bob> WHOIS irc.test bob
    bob< :irc.test 311 bob bob bob host.test * :bob Real
    bob< :irc.test 319 bob bob :#a
    bob< :irc.test 312 bob bob irc.test :lanework chat
    bob< :irc.test 338 bob bob 192.0.2.7 :is actually using host
    bob< :irc.test 320 bob bob :is connected over IRC
    bob< :irc.test 317 bob bob … … :seconds idle, signon time
    bob< :irc.test 318 bob bob :End of /WHOIS list
    alice> WHOIS nobody
    alice< :irc.test 401 alice nobody :No such nick/channel
    alice< :irc.test 318 alice nobody :End of /WHOIS list
    alice> WHOIS
    alice< :irc.test 431 alice :No nickname given
    alice> WHOWAS carol
    alice< :irc.test 406 alice carol :There was no such nickname
    alice< :irc.test 369 alice carol :End of WHOWAS
    alice> USERHOST bob nobody alice
    alice< :irc.test 302 alice :bob=+bob@host.test alice=+alice@host.test
    alice> ISON BOB nobody
    alice< :irc.test 303 alice :bob
    alice> ISON :nobody bob
    alice< :irc.test 303 alice :bob
    bob> QUIT :bye all
    bob< ERROR :Closing link: (bob) [Quit: bye all]
    alice< :bob!bob@host.test QUIT :Quit: bye all
    alice> WHOWAS bob 1
    alice< :irc.test 314 alice bob bob host.test * :bob Real
    alice< :irc.test 312 alice bob irc.test :…
    alice< :irc.test 369 alice bob :End of WHOWAS
    `,
  )
})

test('own modes; OPER, WALLOPS and KILL', async () => {
  await play(
    new House(),
    `${inRoom}
    alice> MODE alice
    alice< :irc.test 221 alice +
    alice> MODE ALICE +iw
    alice< :alice!alice@host.test MODE alice +iw
    alice> MODE alice -i+z
    alice< :irc.test 501 alice :Unknown MODE flag
    alice< :alice!alice@host.test MODE alice -i
    alice> MODE bob +i
    alice< :irc.test 502 alice :Cant change mode for other users
    alice> MODE alice +o
    alice> WALLOPS :x
    alice< :irc.test 481 alice :Permission Denied- You're not an IRC operator
    alice> KILL bob :x
    alice< :irc.test 481 alice :Permission Denied- You're not an IRC operator
    bob> OPER root wrong
    bob< :irc.test 464 bob :Password incorrect
    bob> OPER root opensesame
    bob< :bob!bob@host.test MODE bob +o
    bob< :irc.test 381 bob :You are now an IRC operator
    alice> WHOIS bob
    alice< :irc.test 311 alice bob bob host.test * :bob Real
    alice< :irc.test 319 alice bob :#a
    alice< :irc.test 312 alice bob irc.test :lanework chat
    alice< :irc.test 313 alice bob :is an IRC operator
    alice< :irc.test 320 alice bob :is connected over IRC
    alice< :irc.test 317 alice bob … … :seconds idle, signon time
    alice< :irc.test 318 alice bob :End of /WHOIS list
    alice> WHO * o
    alice< :irc.test 352 alice #a bob host.test irc.test bob H* :0 bob Real
    alice< :irc.test 315 alice * :End of WHO list
    bob> WALLOPS :to all
    alice< :bob!bob@host.test WALLOPS :to all
    bob> KILL nobody :x
    bob< :irc.test 401 bob nobody :No such nick/channel
    bob> KILL alice :enough
    alice< ERROR :Closing link: (alice) [Killed by bob: enough]
    bob< :alice!alice@host.test QUIT :Killed by bob: enough
    bob> MODE bob -o
    bob< :bob!bob@host.test MODE bob -o
    `,
  )
})

test('the server: PING, MOTD, LUSERS, VERSION, TIME, ADMIN, INFO, unknown commands', async () => {
  await play(
    new House({ motd: 'one\ntwo\n' }),
    `
    alice> PING :some token
    alice< :irc.test PONG irc.test :some token
    alice> PING
    alice< :irc.test 409 alice :No origin specified
    alice> PONG whatever
    alice> MOTD
    alice< :irc.test 375 alice :- irc.test Message of the day -…
    alice< :irc.test 372 alice :- one
    alice< :irc.test 372 alice :- two
    alice< :irc.test 376 alice :End of /MOTD command
    alice> MOTD other.test
    alice< :irc.test 402 alice other.test :No such server
    alice> LUSERS
    alice< :irc.test 251 alice :There are 1 users and 0 invisible on 1 servers
    alice< :irc.test 252 alice 0 :operator(s) online
    alice< :irc.test 253 alice 0 :unknown connection(s)
    alice< :irc.test 254 alice 1 :channels formed
    alice< :irc.test 255 alice :I have 1 clients and 0 servers
    alice< :irc.test 265 alice 1 1 :Current local users 1, max 1
    alice< :irc.test 266 alice 1 1 :Current global users 1, max 1
    alice> VERSION
    alice< :irc.test 351 alice lanework-chat irc.test :lanework chat
    alice< :irc.test 005 alice … :are supported by this server
    alice< :irc.test 005 alice … :are supported by this server
    alice> TIME
    alice< :irc.test 391 alice irc.test … :… GMT
    alice> ADMIN
    alice< :irc.test 256 alice irc.test :Administrative info
    alice< :irc.test 257 alice :Test Net
    alice< :irc.test 258 alice :lanework chat
    alice< :irc.test 259 alice :Ask an operator of the server
    alice> INFO
    alice< :irc.test 371 alice :…
    alice< :irc.test 374 alice :End of INFO list
    alice> BLURT
    alice< :irc.test 421 alice BLURT :Unknown command
    alice> PASS x
    alice< :irc.test 462 alice :You may not reregister
    alice> USER a 0 * :x
    alice< :irc.test 462 alice :You may not reregister
    alice> :ignored!source@x PING t
    alice< :irc.test PONG irc.test :t
    alice> QUIT
    alice< ERROR :Closing link: (alice) [Quit]
    `,
  )
})

test('nicks and rooms of any script, as long as they may be', async () => {
  const house = new House()
  const nick = '张'.repeat(21)
  const room = `#${'聊'.repeat(16)}`
  const one = await house.member(nick)
  const two = await house.member('two')
  await one.send(`JOIN ${room}`)
  await two.send(`JOIN ${room}`)
  assert.ok(one.take().includes(`:two!two@host.test JOIN ${room}`))
  two.take()
  await one.send(`PRIVMSG ${room} :${'好'.repeat(140)}`)
  const lines = two.take()
  assert.equal(lines.length, 2)
  assert.ok(lines.every((line) => Buffer.byteLength(line) <= 510 && line.startsWith(`:${nick}!`)))
  assert.deepEqual(await two.ask(`PRIVMSG ${nick} :你好`), [])
  assert.deepEqual(one.take(), [`:two!two@host.test PRIVMSG ${nick} :你好`])
})
