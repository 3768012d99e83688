import { createIntake, idempotencyKey, type TestStep } from '@oco/contract'
import { present } from '../../kernel/assert.ts'
import type { Clock } from '../../kernel/clock.ts'
import { Failure } from '../../kernel/errors.ts'
import { route, tokenOf, type Route } from '../../platform/http.ts'
import { RecipientGone, type ChannelAdapter, type ChannelSink } from '../channel.ts'
import { digestOf, normaliseIntake } from './normalise.ts'
import type { IntakeRequests } from './requests.ts'

export interface IntakeDeps {
  readonly requests: IntakeRequests
  readonly clock: Clock
}

export interface Intake {
  readonly adapter: ChannelAdapter
  readonly routes: Route[]
}

/** Requests that other systems make themselves. Every process takes them; the database decides which of two equal ones came first. */
export const createIntakeChannel = (deps: IntakeDeps): Intake => {
  const sinks = new Map<string, ChannelSink>()

  return {
    adapter: {
      kind: 'intake',
      limits: { attachmentBytes: 0, html: false },
      start({ id }, sink) {
        sinks.set(id, sink)
        sink.report(id, { kind: 'ok' })
        return {
          stop() {
            if (sinks.get(id) === sink) sinks.delete(id)
            return Promise.resolve()
          },
        }
      },
      /** Nothing listens on the other side: an answer goes to an address of the contact, on another channel. */
      send: () => Promise.reject(new RecipientGone('the sender takes no answers on this channel')),
      test: () => Promise.resolve([SETTINGS_FINE]),
    },

    routes: [
      route(createIntake, async ({ actor, headers, body }) => {
        const { channelId } = tokenOf(actor)
        const key = keyOf(headers['idempotency-key'])
        const sink = sinks.get(channelId)
        if (sink === undefined) throw await closedFailure(deps.requests, channelId)
        const message = normaliseIntake(body, key, deps.clock.now())
        if (message === null) throw new Failure('invalid_input', { fields: { body: 'nothing readable is left of it' } })
        const outcome = await sink.deliver(channelId, message)
        const stored = present(await deps.requests.find(channelId, key), 'the request that was just stored')
        if (stored.digest !== digestOf(body)) throw new Failure('idempotency_mismatch')
        return { requestId: stored.requestId, repeated: outcome === 'duplicate' }
      }),
    ],
  }
}

/** A channel that is only being opened, here or anew, will take the same request in a moment: a sender must not give it up. */
const closedFailure = async (requests: IntakeRequests, channelId: string): Promise<Failure> =>
  (await requests.isEnabled(channelId))
    ? new Failure('not_ready', { detail: 'the channel is being opened', retryAfterSeconds: OPENS_WITHIN_S })
    : new Failure('channel_unusable', { detail: 'the channel of this token is switched off' })

const OPENS_WITHIN_S = 1

const SETTINGS_FINE: TestStep = { name: 'settings', ok: true, detail: '', durationMs: 0 }

const keyOf = (header: string | string[] | undefined): string => {
  const result = idempotencyKey.safeParse(header)
  if (!result.success)
    throw new Failure('bad_request', { fields: { 'header.idempotency-key': '8 to 100 characters are needed' } })
  return result.data
}
