/**
 * `node tools/chat-pictures.mjs`: the screenshots of the chat page in docs/pictures, wide and narrow, light and dark, from the real service with
 * some members who talk by WebSocket. It needs a build and Debian's Chromium (LANEWORK_CHROMIUM names another).
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const { connectWebSocket } = await import('../dist/io/index.js')
const { serve } = await import('../dist/server/index.js')
const { chatService } = await import('../dist/services/chat/index.js')

const folder = process.argv[2] ?? 'docs/pictures'
/** A member who does what it is told; gives a function that asks and waits for the answer. */
async function member(address, nick, ...rooms) {
  const socket = await connectWebSocket(address)
  const waiting = new Map()
  let refs = 0
  void (async () => {
    for await (const { data } of socket) {
      const { ref, ok, fault } = JSON.parse(String(data))
      if (ref !== undefined && (ok ?? fault) !== undefined) waiting.get(ref)?.(ok ?? fault)
    }
  })()
  const ask = (name, fields = {}) =>
    new Promise((resolve) => {
      const ref = String(++refs)
      waiting.set(ref, resolve)
      void socket.send(JSON.stringify({ do: name, ref, ...fields }))
      if (name === 'enter') resolve()
    })
  await ask('enter', { nick })
  for (const room of rooms) await ask('join', { room })
  return { ask, say: (to, text, kind = 'message') => ask('say', { to, kind, text }) }
}

/** A server with its members, who talk to `nick` when it has come. */
async function workshop(nick) {
  const server = await serve(chatService({ network: 'Workshop', limits: { peer: 'none', room: 'none' } }), {
    listen: ['ws://127.0.0.1:0/chat'],
  })
  const address = String(server.addresses[0])
  const come = (name, ...rooms) => member(address, name, ...rooms)
  const mira = await come('Mira', '#hardware', '#lobby')
  const jun = await come('jun', '#lobby', '#hardware')
  const ada = await come('Ada', '#kitchen', '#lobby', '#hardware')
  const lin = await come('小林', '#lobby', '#hardware')
  for (const name of ['Priya', 'omar', 'Kenji', 'elsa', 'Viktor', 'zoe']) await come(name, '#lobby', '#hardware')
  const noor = await come('Noor', '#lobby', '#hardware')
  await noor.ask('away', { text: 'back at three' })
  await mira.ask('topic', { room: '#hardware', topic: 'Boards, solder and Thursday: https://example.org/thursday' })
  await mira.ask('mode', { room: '#hardware', changes: [{ mode: 'voice', on: true, value: 'jun' }] })
  return {
    server,
    pageUrl: address.replace('ws:', 'http:').replace(/chat$/, ''),
    async talk() {
      await mira.say('#hardware', 'Morning! The new boards came in.')
      await mira.say('#hardware', 'Photos and the parts list: https://example.org/boards?rev=2')
      await jun.say('#hardware', 'Nice. Is the connector on the long side now?')
      await ada.say('#hardware', 'unpacks the microscope', 'action')
      await lin.say('#hardware', '太好了！我周四带示波器来。')
      await jun.say('#hardware', `${nick}: could you bring the spare power supply?`)
    },
    async goOn() {
      await ada.say('#kitchen', 'soup is ready')
      await ada.say('#kitchen', 'bring bowls')
      await mira.say(nick, 'do you have a minute?')
    },
  }
}

const screens = [
  { name: 'chat-light', colorScheme: 'light', width: 1280, height: 800, nick: 'alice' },
  { name: 'chat-dark', colorScheme: 'dark', width: 1280, height: 800, nick: 'alice' },
  { name: 'chat-phone', colorScheme: 'light', width: 390, height: 844, nick: 'alice' },
  { name: 'chat-phone-dark', colorScheme: 'dark', width: 390, height: 844, nick: '王芳', locale: 'zh-CN' },
]
const browser = await chromium.launch({
  executablePath: process.env.LANEWORK_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
for (const { name, colorScheme, width, height, nick, locale = 'en-GB' } of screens) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    locale,
    reducedMotion: 'reduce',
    deviceScaleFactor: width < 500 ? 2 : 1,
  })
  const page = await context.newPage()
  const { server, pageUrl, talk, goOn } = await workshop(nick)
  await page.goto(pageUrl)
  await page.locator('#nick').fill(nick)
  await page.locator('#nick').press('Enter')
  const field = page.locator('#compose')
  const send = async (text) => {
    await field.fill(text)
    await field.press('Enter')
  }
  await page.locator('#compose[placeholder*="#lobby"]').waitFor()
  await send('/join #hardware')
  await page.locator('#compose[placeholder*="#hardware"]').waitFor()
  await send('/join #kitchen')
  await page.locator('#compose[placeholder*="#kitchen"]').waitFor()
  await page.keyboard.press('Alt+ArrowUp')
  await talk()
  await page.locator('.is-mention').last().waitFor()
  await send(locale === 'zh-CN' ? '好的，我带一个 30 V 的' : 'Sure, I have a 30 V one.')
  await page.locator('.is-own.is-sent').last().waitFor()
  await goOn()
  await page.locator('.place .is-mention:not(:empty)').waitFor({ state: 'attached' })
  await page.screenshot({ path: join(folder, `${name}.png`) })
  await context.close()
  await server.close()
}
await browser.close()
process.exit(0)
