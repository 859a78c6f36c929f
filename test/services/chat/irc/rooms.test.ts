/** Conversations about rooms: JOIN, PART, TOPIC, NAMES, LIST, MODE, KICK, INVITE; each line that every client is sent. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { House } from './irc-house.js'
import { play } from './transcript.js'

test('JOIN: who makes a room is its operator; who comes is seen, and sees topic and names', async () => {
  await play(
    new House(),
    `
    alice> JOIN #a
    alice< :alice!alice@host.test JOIN #a
    alice< :irc.test 353 alice = #a :@alice
    alice< :irc.test 366 alice #a :End of /NAMES list
    alice> TOPIC #a :the topic
    alice< :alice!alice@host.test TOPIC #a :the topic
    bob> JOIN #A
    bob< :bob!bob@host.test JOIN #a
    bob< :irc.test 332 bob #a :the topic
    bob< :irc.test 333 bob #a alice!alice@host.test …
    bob< :irc.test 353 bob = #a :@alice bob
    bob< :irc.test 366 bob #a :End of /NAMES list
    alice< :bob!bob@host.test JOIN #a
    // who is in already hears nothing
    bob> JOIN #a
    `,
  )
})

test('JOIN: a key belongs to the room in its place, whatever else is in the list', async () => {
  const house = new House()
  const alice = await house.member('alice')
  await alice.send('JOIN #a,#b,#c', 'MODE #a +k ka', 'MODE #b +k kb', 'MODE #c +k kc')
  const bob = await house.member('bob')
  await bob.send('JOIN ,#a,,#a,#b,#c x,ka,x,x,kb')
  assert.deepEqual([...bob.desk.rooms.values()], ['#a', '#b'])
  const refused = bob.take().filter((line) => / 475 /.test(line))
  assert.deepEqual(refused, [':irc.test 475 bob #c :Cannot join channel (+k)'])
})

test('JOIN and PART take as many rooms as a line has room for', async () => {
  const alice = await new House().member('alice')
  const rooms = Array.from({ length: 14 }, (_, index) => `#w${index}`)
  await alice.send(`JOIN ${rooms.join(',')}`)
  assert.deepEqual([...alice.desk.rooms.values()], rooms)
  await alice.send(`PART ${rooms.join(',')}`)
  assert.deepEqual([...alice.desk.rooms.values()], [])
})

test('JOIN: lists with keys, bad names, JOIN 0, and the ways to be kept out', async () => {
  await play(
    new House({ roomsPerMember: 3 }),
    `
    alice> JOIN #a,#b,#c
    alice< :alice!alice@host.test JOIN #a
    alice< :irc.test 353 alice = #a :@alice
    alice< :irc.test 366 alice #a :End of /NAMES list
    alice< :alice!alice@host.test JOIN #b
    alice< :irc.test 353 alice = #b :@alice
    alice< :irc.test 366 alice #b :End of /NAMES list
    alice< :alice!alice@host.test JOIN #c
    alice< :irc.test 353 alice = #c :@alice
    alice< :irc.test 366 alice #c :End of /NAMES list
    alice> JOIN #d,#b,#e
    alice< :irc.test 405 alice #d :You have joined too many channels
    alice< :irc.test 405 alice #e :You have joined too many channels
    alice> KICK #a k1,k2,k3,k4,k5,k6
    alice< :irc.test 407 alice k5 :Too many targets
    alice< :irc.test 401 alice k1 :No such nick/channel
    alice< :irc.test 401 alice k2 :No such nick/channel
    alice< :irc.test 401 alice k3 :No such nick/channel
    alice< :irc.test 401 alice k4 :No such nick/channel
    alice> MODE #a +k sesame
    alice< :alice!alice@host.test MODE #a +k sesame
    alice> MODE #b +i
    alice< :alice!alice@host.test MODE #b +i
    alice> MODE #c +l 1
    alice< :alice!alice@host.test MODE #c +l 1
    bob> JOIN #a,#b,#c wrong
    bob< :irc.test 475 bob #a :Cannot join channel (+k)
    bob< :irc.test 473 bob #b :Cannot join channel (+i)
    bob< :irc.test 471 bob #c :Cannot join channel (+l)
    bob> JOIN #x,#a ,sesame
    bob< :bob!bob@host.test JOIN #x
    bob< :irc.test 353 bob = #x :@bob
    bob< :irc.test 366 bob #x :End of /NAMES list
    bob< :bob!bob@host.test JOIN #a
    bob< :irc.test 353 bob = #a :@alice bob
    bob< :irc.test 366 bob #a :End of /NAMES list
    alice< :bob!bob@host.test JOIN #a
    alice> MODE #a +b bob
    alice< :alice!alice@host.test MODE #a +b bob!*@*
    bob< :alice!alice@host.test MODE #a +b bob!*@*
    bob> JOIN 0
    bob< :bob!bob@host.test PART #x
    bob< :bob!bob@host.test PART #a
    alice< :bob!bob@host.test PART #a
    bob> JOIN #a sesame
    bob< :irc.test 474 bob #a :Cannot join channel (+b)
    bob> JOIN a
    bob< :irc.test 403 bob a :…
    bob> JOIN #
    bob< :irc.test 403 bob # :…
    bob> JOIN
    bob< :irc.test 461 bob JOIN :Not enough parameters
    `,
  )
})

test('PART: with a reason, of several, of rooms that one is not in', async () => {
  const house = new House()
  await play(
    house,
    `
    alice> JOIN #a
    alice< :alice!alice@host.test JOIN #a
    alice< :irc.test 353 alice = #a :@alice
    alice< :irc.test 366 alice #a :End of /NAMES list
    bob> JOIN #a
    bob< :bob!bob@host.test JOIN #a
    bob< :irc.test 353 bob = #a :@alice bob
    bob< :irc.test 366 bob #a :End of /NAMES list
    alice< :bob!bob@host.test JOIN #a
    bob> PART #a,#none :so long
    bob< :bob!bob@host.test PART #a :so long
    bob< :irc.test 403 bob #none :No such channel
    alice< :bob!bob@host.test PART #a :so long
    bob> PART #a
    bob< :irc.test 442 bob #a :You're not on that channel
    bob> PART
    bob< :irc.test 461 bob PART :Not enough parameters
    `,
  )
})

test('TOPIC: shown, set, taken away, and locked for who is no operator', async () => {
  await play(
    new House(),
    `
    alice> JOIN #a
    alice< :alice!alice@host.test JOIN #a
    alice< :irc.test 353 alice = #a :@alice
    alice< :irc.test 366 alice #a :End of /NAMES list
    alice> TOPIC #a
    alice< :irc.test 331 alice #a :No topic is set
    alice> TOPIC #A :new one
    alice< :alice!alice@host.test TOPIC #a :new one
    alice> TOPIC #A
    alice< :irc.test 332 alice #a :new one
    alice< :irc.test 333 alice #a alice!alice@host.test …
    bob> TOPIC #a :mine
    bob< :irc.test 442 bob #a :You're not on that channel
    bob> JOIN #a
    bob< :bob!bob@host.test JOIN #a
    bob< :irc.test 332 bob #a :new one
    bob< :irc.test 333 bob #a alice!alice@host.test …
    bob< :irc.test 353 bob = #a :@alice bob
    bob< :irc.test 366 bob #a :End of /NAMES list
    alice< :bob!bob@host.test JOIN #a
    bob> TOPIC #a :mine
    bob< :irc.test 482 bob #a :You're not channel operator
    alice> TOPIC #a :
    alice< :alice!alice@host.test TOPIC #a :
    bob< :alice!alice@host.test TOPIC #a :
    alice> TOPIC #none
    alice< :irc.test 403 alice #none :No such channel
    `,
  )
})

test('MODE of a room: shown, set by operators, lists, ranks, and what is wrong with it', async () => {
  await play(
    new House(),
    `
    alice> JOIN #a
    alice< :alice!alice@host.test JOIN #a
    alice< :irc.test 353 alice = #a :@alice
    alice< :irc.test 366 alice #a :End of /NAMES list
    bob> JOIN #a
    bob< :bob!bob@host.test JOIN #a
    bob< :irc.test 353 bob = #a :@alice bob
    bob< :irc.test 366 bob #a :End of /NAMES list
    alice< :bob!bob@host.test JOIN #a
    bob> MODE #a +m
    bob< :irc.test 482 bob #a :You're not channel operator
    alice> MODE #a +ml-t+v 5 bob
    alice< :alice!alice@host.test MODE #a +ml-t+v 5 bob
    bob< :alice!alice@host.test MODE #a +ml-t+v 5 bob
    alice> MODE #a
    alice< :irc.test 324 alice #a …
    alice< :irc.test 329 alice #a …
    alice> MODE #a +beIq a@b e!*@* i account:Zed
    alice< :alice!alice@host.test MODE #a +beIq *!a@b e!*@* i!*@* account:zed
    bob< :alice!alice@host.test MODE #a +beIq *!a@b e!*@* i!*@* account:zed
    bob> MODE #a b
    bob< :irc.test 367 bob #a *!a@b alice!alice@host.test …
    bob< :irc.test 368 bob #a :End of channel ban list
    alice> MODE #a +eIq
    alice< :irc.test 348 alice #a e!*@* alice!alice@host.test …
    alice< :irc.test 349 alice #a :End of channel exception list
    alice< :irc.test 346 alice #a i!*@* alice!alice@host.test …
    alice< :irc.test 347 alice #a :End of channel invite exception list
    alice< :irc.test 728 alice #a q account:zed alice!alice@host.test …
    alice< :irc.test 729 alice #a q :End of channel quiet list
    bob> MODE #a +I
    bob< :irc.test 482 bob #a :You're not channel operator
    alice> MODE #a -l-beIq a@b e i account:zed
    alice< :alice!alice@host.test MODE #a -lbeIq *!a@b e!*@* i!*@* account:zed
    bob< :alice!alice@host.test MODE #a -lbeIq *!a@b e!*@* i!*@* account:zed
    alice> MODE #a +k key
    alice< :alice!alice@host.test MODE #a +k key
    bob< :alice!alice@host.test MODE #a +k key
    alice> MODE #a -k
    alice< :alice!alice@host.test MODE #a -k *
    bob< :alice!alice@host.test MODE #a -k *
    alice> MODE #a +yZ
    alice< :irc.test 472 alice y :is unknown mode char to me
    alice< :irc.test 472 alice Z :is unknown mode char to me
    alice> MODE #a +o nobody
    alice< :irc.test 401 alice nobody :No such nick/channel
    carol> PING x
    carol< :irc.test PONG irc.test :x
    alice> MODE #a +o carol
    alice< :irc.test 441 alice carol #a :They aren't on that channel
    alice> MODE #a +l
    alice< :irc.test 696 alice #a l * :You must give a value
    alice> MODE #a +l many
    alice< :irc.test 696 alice #a l many :That value is not possible
    alice> MODE #none
    alice< :irc.test 403 alice #none :No such channel
    alice> MODE #a +vv-v+o bob bob bob bob
    alice< :alice!alice@host.test MODE #a -v+o bob bob
    bob< :alice!alice@host.test MODE #a -v+o bob bob
    `,
  )
})

test('KICK and INVITE', async () => {
  await play(
    new House(),
    `
    alice> JOIN #a
    alice< :alice!alice@host.test JOIN #a
    alice< :irc.test 353 alice = #a :@alice
    alice< :irc.test 366 alice #a :End of /NAMES list
    alice> MODE #a +i
    alice< :alice!alice@host.test MODE #a +i
    bob> JOIN #a
    bob< :irc.test 473 bob #a :Cannot join channel (+i)
    alice> INVITE bob #a
    alice< :irc.test 341 alice bob #a
    bob< :alice!alice@host.test INVITE bob #a
    bob> JOIN #a
    bob< :bob!bob@host.test JOIN #a
    bob< :irc.test 353 bob = #a :@alice bob
    bob< :irc.test 366 bob #a :End of /NAMES list
    alice< :bob!bob@host.test JOIN #a
    bob> INVITE carol #a
    bob< :irc.test 482 bob #a :You're not channel operator
    alice> INVITE bob #a
    alice< :irc.test 443 alice bob #a :is already on channel
    alice> INVITE nobody #a
    alice< :irc.test 401 alice nobody :No such nick/channel
    bob> KICK #a alice
    bob< :irc.test 482 bob #a :You're not channel operator
    alice> KICK #a nobody,bob :enough
    alice< :irc.test 401 alice nobody :No such nick/channel
    alice< :alice!alice@host.test KICK #a bob :enough
    bob< :alice!alice@host.test KICK #a bob :enough
    alice> KICK #a bob
    alice< :irc.test 441 alice bob #a :They aren't on that channel
    bob> KICK #none bob
    bob< :irc.test 403 bob #none :No such channel
    bob> AWAY :out
    bob< :irc.test 306 bob :You have been marked as being away
    alice> INVITE bob #a
    alice< :irc.test 341 alice bob #a
    alice< :irc.test 301 alice bob :out
    bob< :alice!alice@host.test INVITE bob #a
    alice> INVITE bob
    alice< :irc.test 461 alice INVITE :Not enough parameters
    `,
  )
})

test('NAMES and LIST: what may be seen, and what they are narrowed by', async () => {
  await play(
    new House(),
    `
    alice> JOIN #a,#secret
    alice< :alice!alice@host.test JOIN #a
    alice< :irc.test 353 alice = #a :@alice
    alice< :irc.test 366 alice #a :End of /NAMES list
    alice< :alice!alice@host.test JOIN #secret
    alice< :irc.test 353 alice = #secret :@alice
    alice< :irc.test 366 alice #secret :End of /NAMES list
    alice> MODE #secret +s
    alice< :alice!alice@host.test MODE #secret +s
    alice> NAMES #secret
    alice< :irc.test 353 alice @ #secret :@alice
    alice< :irc.test 366 alice #secret :End of /NAMES list
    bob> NAMES #a,#secret,#none
    bob< :irc.test 353 bob = #a :@alice
    bob< :irc.test 366 bob #a :End of /NAMES list
    bob< :irc.test 366 bob #secret :End of /NAMES list
    bob< :irc.test 366 bob #none :End of /NAMES list
    bob> LIST
    bob< :irc.test 321 bob Channel :Users  Name
    bob< :irc.test 322 bob #lobby 0 :
    bob< :irc.test 322 bob #a 1 :
    bob< :irc.test 323 bob :End of /LIST
    bob> LIST >0
    bob< :irc.test 321 bob Channel :Users  Name
    bob< :irc.test 322 bob #a 1 :
    bob< :irc.test 323 bob :End of /LIST
    bob> LIST <1
    bob< :irc.test 321 bob Channel :Users  Name
    bob< :irc.test 322 bob #lobby 0 :
    bob< :irc.test 323 bob :End of /LIST
    bob> LIST #lob*,!*x*
    bob< :irc.test 321 bob Channel :Users  Name
    bob< :irc.test 322 bob #lobby 0 :
    bob< :irc.test 323 bob :End of /LIST
    bob> LIST #A*,*OBBY
    bob< :irc.test 321 bob Channel :Users  Name
    bob< :irc.test 322 bob #lobby 0 :
    bob< :irc.test 322 bob #a 1 :
    bob< :irc.test 323 bob :End of /LIST
    bob> LIST !#LOB*
    bob< :irc.test 321 bob Channel :Users  Name
    bob< :irc.test 322 bob #a 1 :
    bob< :irc.test 323 bob :End of /LIST
    bob> LIST C>60
    bob< :irc.test 321 bob Channel :Users  Name
    bob< :irc.test 323 bob :End of /LIST
    bob> LIST C<60
    bob< :irc.test 321 bob Channel :Users  Name
    bob< :irc.test 322 bob #lobby 0 :
    bob< :irc.test 322 bob #a 1 :
    bob< :irc.test 323 bob :End of /LIST
    bob> LIST #a,#none
    bob< :irc.test 321 bob Channel :Users  Name
    bob< :irc.test 322 bob #a 1 :
    bob< :irc.test 323 bob :End of /LIST
    bob> NAMES
    bob< :irc.test 366 bob #lobby :End of /NAMES list
    bob< :irc.test 353 bob = #a :@alice
    bob< :irc.test 366 bob #a :End of /NAMES list
    bob< :irc.test 366 bob * :End of /NAMES list
    `,
  )
})
