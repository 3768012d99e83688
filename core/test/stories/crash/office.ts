import { setTimeout as pause } from 'node:timers/promises'
import type { ConversationRow, ErrorCode } from '@oco/contract'
import { openLive, type LivePage } from '../../app.ts'
import { ProblemError, type HttpClient } from '../../http-client.ts'
import { indexIn } from './letters.ts'

const IDLE_MS = 60
const DOWN_MS = 100
/** What an agent's page also meets where core goes away under it, or another was faster; anything else is a fault. */
const EXPECTED: readonly ErrorCode[] = [
  'offer_gone',
  'illegal_transition',
  'conflict',
  'capacity_exceeded',
  'rate_limited',
  'shutting_down',
  'not_ready',
]

export interface Office {
  /** Rejects with the first thing that must not happen to an agent. */
  readonly fault: Promise<never>
  close(): Promise<void>
}

/**
 * Agents who do their work over HTTP and a live connection, as their pages do: accept what is offered, answer, resolve, and after
 * every broken call look anew and repeat it with the same key. `repliesTo`: how often a letter is to be answered.
 */
export const openOffice = (agents: readonly HttpClient[], repliesTo: (index: number) => number): Office => {
  let closed = false
  let fail: (error: unknown) => void
  const fault = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  fault.catch(() => undefined)

  const finish = async (agent: HttpClient, { id, subject, workItem }: ConversationRow): Promise<void> => {
    const index = indexIn(subject)
    for (let number = 0; number < repliesTo(index); number++) {
      const body = { text: answerText(index, number), html: null, uploadIds: [], idempotencyKey: `${id}-${number}` }
      await agent.call('replyToConversation', { params: { id }, body })
    }
    await agent.call('resolveWorkItem', { params: { id: workItem?.id ?? '' }, body: { dispositionId: null } })
  }

  /** True: something was there to do. */
  const look = async (agent: HttpClient): Promise<boolean> => {
    const { agentState, offers } = await agent.call('readDesk')
    if (agentState.state !== 'ready') await agent.call('changeOwnAgentState', { body: { state: 'ready' } })
    for (const { workItem } of offers) {
      if (workItem?.offer == null) continue
      await agent.call('acceptOffer', { params: { id: workItem.id }, body: { offerId: workItem.offer.id } })
    }
    const { rows } = await agent.call('listConversations', { query: { view: 'mine' } })
    const mine = rows.filter(({ workItem }) => workItem?.state === 'assigned')
    for (const row of mine) await finish(agent, row)
    return offers.length + mine.length > 0
  }

  const work = async (agent: HttpClient): Promise<void> => {
    const page = createConnection(agent)
    while (!closed) {
      try {
        await page.keep()
        if (!(await look(agent))) await pause(IDLE_MS)
      } catch (error) {
        if (error instanceof ProblemError && !EXPECTED.includes(error.problem.code)) throw error
        await pause(DOWN_MS)
      }
    }
    await page.close()
  }

  const working = Promise.all(agents.map(work)).catch((error: unknown) => {
    fail(error)
  })
  return {
    fault,
    async close() {
      closed = true
      await working
    },
  }
}

const answerText = (index: number, number: number): string => `Ответ ${index}.${number}`
/** Which answer a letter holds. */
export const answerIn = (text: string): string | null => /Ответ (\d+\.\d+)/.exec(text)?.[1] ?? null

/** The page's live connection, opened again when it was lost. */
const createConnection = (agent: HttpClient) => {
  let page: LivePage | null = null
  return {
    async keep() {
      if (page !== null) return
      const opened = await openLive(agent)
      page = opened
      void opened.closed.then(() => {
        if (page === opened) page = null
      })
    },
    async close() {
      await page?.close()
    },
  }
}
