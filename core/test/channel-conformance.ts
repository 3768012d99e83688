import assert from 'node:assert/strict'
import {
  ChannelError,
  type ChannelAccount,
  type ChannelAdapter,
  type OutboundMessage,
  type RunningChannel,
} from '../src/channels/channel.ts'
import { fakeSink, textsOf, type FakeSink } from './fake-sink.ts'
import { PATIENCE_MS } from './patience.ts'

/** One message as the outside world brings it. The key names it: bringing it again is the same message. */
export interface Brought {
  readonly key: string
  readonly text: string
  /** Key of the message that it answers. */
  readonly answers?: string
}

/** What the outside knows after it has brought something. */
export type Acknowledgement = 'taken' | 'waiting'

/** One channel on its real other side, freshly made for each test. */
export interface ChannelDriver {
  readonly adapter: ChannelAdapter
  readonly account: ChannelAccount
  bring(message: Brought): Promise<void>
  /** Brings something larger than the channel takes. `refused`: the outside was told so at once. */
  bringOversize(key: string): Promise<'brought' | 'refused'>
  acknowledgement(key: string): Promise<Acknowledgement>
  /** Opens what `adapter.start` does not open, such as a listener that all accounts share. */
  readonly open?: (sink: FakeSink) => Promise<RunningChannel>
  readonly close: () => Promise<void>
  readonly bringUnreadable?: (key: string) => Promise<void>
  readonly connection?: { cut: () => Promise<void>; restore: () => Promise<void> }
  readonly out?: {
    message: (key: string, text: string) => OutboundMessage
    /** Texts that have arrived outside, with the id by which each is known there. */
    arrived: () => Promise<readonly { text: string; externalId: string }[]>
    /** The other side is away, and back. */
    goAway: () => Promise<void>
    comeBack: () => Promise<void>
    /** A message that the other side will never take. */
    hopeless: OutboundMessage
  }
}

/** What a channel has nothing of, each with the reason: its tests are left out. */
export type Without = Partial<Record<'unreadable' | 'connection' | 'restart' | 'answers', string>>

/** The one suite for every channel adapter. `make` starts the other side; `describe` around it names the channel. */
export const channelConformance = (make: () => Promise<ChannelDriver>, without: Without = {}): void => {
  let driver: ChannelDriver
  let sink: FakeSink
  let running: RunningChannel | null = null
  let opened: RunningChannel | null = null

  const start = async (): Promise<void> => {
    opened = (await driver.open?.(sink)) ?? null
    running = driver.adapter.start(driver.account, sink)
    await sink.until(() => sink.states.at(-1)?.kind === 'ok', 'the channel to be ready')
  }
  const stop = async (): Promise<void> => {
    await running?.stop()
    await opened?.stop()
    running = opened = null
  }
  const untilTexts = (...texts: string[]): Promise<void> =>
    sink.until(() => texts.every((text) => textsOf(sink).includes(text)), `the texts ${texts.join(', ')}`)
  const untilTaken = async (key: string): Promise<void> => {
    const startedAt = performance.now()
    while ((await driver.acknowledgement(key)) !== 'taken') {
      assert.ok(performance.now() - startedAt < PATIENCE_MS, `${key} was not acknowledged`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  beforeEach(async () => {
    driver = await make()
    sink = fakeSink()
  })
  afterEach(async () => {
    await stop()
    await driver.close()
  })

  it('brings a message in once and acknowledges it', async () => {
    await start()
    await driver.bring({ key: 'first', text: 'hello' })
    await untilTexts('hello')
    await untilTaken('first')
    assert.deepEqual(textsOf(sink), ['hello'])
  })

  it('stores a repeated message once and acknowledges every repeat', async () => {
    await start()
    await driver.bring({ key: 'twice', text: 'again' })
    await untilTexts('again')
    await driver.bring({ key: 'twice', text: 'again' })
    await sink.until(() => sink.deliveries >= 2, 'the repeat')
    await untilTaken('twice')
    assert.deepEqual(textsOf(sink), ['again'])
  })

  it('takes messages that come out of order, each with its own id', async () => {
    await start()
    await driver.bring({ key: 'answer', text: 'the answer', answers: 'question' })
    await driver.bring({ key: 'question', text: 'the question' })
    await untilTexts('the answer', 'the question')
    assert.equal(new Set(sink.messages.map(({ externalId }) => externalId)).size, 2)
  })

  it('acknowledges nothing that was not stored, and stores it later', async () => {
    await start()
    sink.refuse((message) => message.kind === 'message' && message.text === 'not yet')
    await driver.bring({ key: 'refused', text: 'not yet' })
    await sink.until(() => sink.deliveries >= 1, 'the first try')
    assert.equal(await driver.acknowledgement('refused'), 'waiting')
    await driver.bring({ key: 'other', text: 'passes by' })
    await untilTexts('passes by')
    sink.refuse(null)
    await untilTexts('not yet')
    await untilTaken('refused')
    assert.equal(textsOf(sink).filter((text) => text === 'not yet').length, 1)
  })

  it('keeps what is too large out and lets the next one pass', async () => {
    await start()
    const outcome = await driver.bringOversize('large')
    await driver.bring({ key: 'small', text: 'small' })
    await untilTexts('small')
    assert.deepEqual(textsOf(sink), ['small'])
    assert.equal(sink.aside.length, outcome === 'brought' ? 1 : 0)
  })

  if (without.unreadable === undefined)
    it('sets aside what it cannot read, once, and lets the next one pass', async () => {
      assert.ok(driver.bringUnreadable !== undefined)
      await start()
      await driver.bringUnreadable('broken')
      await sink.until(() => sink.aside.length === 1, 'the broken message to be set aside')
      await driver.bringUnreadable('broken')
      await driver.bring({ key: 'whole', text: 'whole' })
      await untilTexts('whole')
      assert.deepEqual([textsOf(sink), sink.aside.length], [['whole'], 1])
    })

  if (without.connection === undefined)
    it('says when its connection is lost, and takes after it what came meanwhile', async () => {
      const { connection } = driver
      assert.ok(connection !== undefined)
      await start()
      await connection.cut()
      await sink.until(() => sink.states.at(-1)?.kind === 'failing', 'the loss to be reported')
      await connection.restore()
      await driver.bring({ key: 'after', text: 'after the loss' })
      await untilTexts('after the loss')
      await sink.until(() => sink.states.at(-1)?.kind === 'ok', 'the channel to be well again')
      assert.deepEqual(textsOf(sink), ['after the loss'])
    })

  if (without.restart === undefined)
    it('goes on after a restart where it was', async () => {
      await start()
      await driver.bring({ key: 'before', text: 'before' })
      await untilTexts('before')
      await untilTaken('before')
      await stop()
      await driver.bring({ key: 'meanwhile', text: 'meanwhile' })
      const { deliveries } = sink
      await start()
      await untilTexts('meanwhile')
      assert.equal(sink.deliveries, deliveries + 1)
      assert.deepEqual(textsOf(sink), ['before', 'meanwhile'])
    })

  if (without.answers === undefined)
    it('sends with the same external id on every try', async () => {
      const { out } = driver
      assert.ok(out !== undefined)
      await start()
      const message = out.message('out-1', 'our answer')
      const first = await driver.adapter.send(driver.account, message)
      const second = await driver.adapter.send(driver.account, message)
      assert.equal(second.externalId, first.externalId)
      const arrived = await out.arrived()
      assert.ok(arrived.length > 0)
      for (const each of arrived) assert.deepEqual(each, { text: 'our answer', externalId: first.externalId })
    })

  if (without.answers === undefined)
    it('says whether another try may help', async () => {
      const { out } = driver
      assert.ok(out !== undefined)
      await start()
      const refused = (retryable: boolean) => (error: unknown) => {
        assert.ok(error instanceof ChannelError)
        assert.equal(error.retryable, retryable)
        return true
      }
      await assert.rejects(driver.adapter.send(driver.account, out.hopeless), refused(false))
      await out.goAway()
      const message = out.message('out-2', 'later')
      await assert.rejects(driver.adapter.send(driver.account, message), refused(true))
      await out.comeBack()
      await driver.adapter.send(driver.account, message)
      assert.deepEqual(
        (await out.arrived()).map(({ text }) => text),
        ['later'],
      )
    })
}
