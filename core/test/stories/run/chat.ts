/**
 * `npm run story:chat`: a visitor on a page of another origin fills in the form of the chat, writes, and is answered by an agent; both in
 * Chromium. Measured in the two pages themselves, by the one clock of this machine: from the visitor's Enter until the next frame
 * after the words stand on the agent's screen, in a conversation that the agent has accepted and has open.
 */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { openChat, startAgentAndVisitor } from '../../agent-and-visitor.ts'
import { CHROMIUM_PROGRAMS } from '../../browser.ts'
import { PASSWORD } from '../../first-run.ts'
import { mustHave, numbersGiven, runStory, tell, type Tidy } from './run-story.ts'

const LIMIT_MS = 500
const { messages: MESSAGES } = numbersGiven({ messages: 11 })

const NOW = 'performance.timeOrigin + performance.now()'

const WHEN_PRESSED = `new Promise((resolve) => {
  const pressed = (event) => {
    if (event.key !== 'Enter') return
    window.removeEventListener('keydown', pressed, true)
    resolve(${NOW})
  }
  window.addEventListener('keydown', pressed, true)
})`

const chatStory = async (tidy: Tidy): Promise<string> => {
  await mustHave(CHROMIUM_PROGRAMS)
  assert.ok(MESSAGES >= 1, 'there is nothing to measure without a message')
  const world = await startAgentAndVisitor()
  tidy.after(world.stop)
  const { product, shop, agent, visitor } = world
  await openChat(world)
  tell(`the product runs at ${product.address}, the shop with its chat at ${shop.origin}`)

  await agent.signIn('agent', PASSWORD)
  await agent.becomeReady()
  await visitor.start('Анна Покупатель', 'anna@example.test')
  await visitor.say('Здравствуйте, где мой заказ?')
  await agent.accept('Анна Покупатель')
  await agent.page.getByText('Здравствуйте, где мой заказ?').last().waitFor()
  await agent.answer('Здравствуйте! Сейчас посмотрю.')
  await visitor.sees('Здравствуйте! Сейчас посмотрю.')
  tell('the visitor has written, the agent has accepted and answered, the visitor has seen it')

  tell(`measured: from the visitor's Enter to the words on the agent's open, accepted conversation; ${MESSAGES} messages`)
  const took: number[] = []
  for (let index = 1; index <= MESSAGES; index++) {
    took.push(await measure(visitor.page, agent.page, `Вопрос номер ${index}, с уважением`))
    await agent.answer(`Ответ номер ${index}`)
    await visitor.sees(`Ответ номер ${index}`)
  }
  took.sort((a, b) => a - b)
  const median = took[Math.floor(took.length / 2)] ?? Number.NaN
  assert.deepEqual(world.complaints(), [])
  const slowest = took.at(-1) ?? Number.NaN
  tell(
    `median ${median.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms of ${took.length}; the limit of ${LIMIT_MS} ms is on the median, which is the result`,
  )
  assert.ok(median <= LIMIT_MS, `the median of ${median.toFixed(0)} ms is more than ${LIMIT_MS} ms`)
  return `chat story ok: ${median.toFixed(0)} ms from visitor to agent`
}

/** Milliseconds from the key press in one page to the frame in which the other one shows the text. */
const measure = async (visitor: Page, agent: Page, text: string): Promise<number> => {
  const box = visitor.getByRole('textbox', { name: 'Сообщение' })
  await box.fill(text)
  const shown = agent.evaluate<number>(whenShown(text))
  const pressed = visitor.evaluate<number>(WHEN_PRESSED)
  await box.press('Enter')
  return (await shown) - (await pressed)
}

/** Within the thread alone: the list beside it shows the beginning of the last message as well. */
const whenShown = (text: string): string => `new Promise((resolve) => {
  const thread = document.querySelector('[role=log]')
  const look = () => {
    if (!thread.textContent.includes(${JSON.stringify(text)})) return
    observer.disconnect()
    requestAnimationFrame(() => resolve(${NOW}))
  }
  const observer = new MutationObserver(look)
  observer.observe(thread, { childList: true, subtree: true, characterData: true })
  look()
})`

await runStory(chatStory)
