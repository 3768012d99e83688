import { serveAdapter } from '../../../test/adapter-server.ts'
import { channelConformance, type Brought, type ChannelDriver } from '../../../test/channel-conformance.ts'
import type { FakeSink } from '../../../test/fake-sink.ts'
import { TestClock } from '../../../test/harness.ts'
import { newId } from '../../kernel/ids.ts'
import { createIntakeChannel } from './adapter.ts'
import type { StoredRequest } from './requests.ts'

const RETRY_MS = 50
const TEXT_BYTES_TOO_MANY = 2 * 1024 * 1024

/** Another system that calls the API, and calls again until it is told that its request is stored. */
const overHttp = async (): Promise<ChannelDriver> => {
  const channelId = newId()
  const clock = new TestClock()
  const taken = new Set<string>()
  const retries = new Set<NodeJS.Timeout>()
  let sink: FakeSink | null = null

  /** As the inbox row answers: by the digest that came with the message. */
  const find = (_channelId: string, key: string): Promise<StoredRequest | null> => {
    const message = sink?.messages.find(({ externalId }) => externalId === key)
    return Promise.resolve(message?.kind === 'message' ? { requestId: channelId, digest: message.digest ?? null } : null)
  }
  const { adapter, routes } = createIntakeChannel({ requests: { find, isEnabled: () => Promise.resolve(true) }, clock })
  const server = await serveAdapter({ routes, sockets: [], channelId, clock })

  const post = async ({ key, text, answers }: Brought): Promise<number> => {
    const body = { from: { externalId: 'customer-1' }, subject: key, text, caseId: answers ?? key }
    const response = await fetch(`${server.base}/api/v1/intake`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer good',
        'content-type': 'application/json',
        'idempotency-key': `key-${key.padEnd(8, '-')}`,
      },
      body: JSON.stringify(body),
    })
    return response.status
  }
  const keepCalling = async (message: Brought): Promise<void> => {
    if ((await post(message)) === 202) taken.add(message.key)
    else {
      const timer = setTimeout(() => {
        retries.delete(timer)
        void keepCalling(message)
      }, RETRY_MS)
      retries.add(timer)
    }
  }

  return {
    adapter,
    account: { id: channelId, name: 'CRM', settings: { kind: 'intake' } },
    open: (opened) => {
      sink = opened
      return Promise.resolve({ stop: () => Promise.resolve() })
    },
    bring: keepCalling,
    bringOversize: async (key) => {
      await post({ key, text: 'x'.repeat(TEXT_BYTES_TOO_MANY) })
      return 'refused'
    },
    acknowledgement: (key) => Promise.resolve(taken.has(key) ? 'taken' : 'waiting'),
    close: () => {
      for (const timer of retries) clearTimeout(timer)
      return server.close()
    },
  }
}

describe('intake is a channel', () => {
  channelConformance(overHttp, {
    unreadable: 'what cannot be read is refused to its sender, who knows what to do about it',
    connection: 'the other system calls us, and calls again by itself',
    answers: 'nobody listens on the other side: an answer goes another way',
  })
})
