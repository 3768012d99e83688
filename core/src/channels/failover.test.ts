import assert from 'node:assert/strict'
import type { SenderAddress } from './channel.ts'
import { chooseFailover, type WayOut } from './failover.ts'

const from = { channelId: 'chat', queueId: 'sales' }
const email: SenderAddress = { kind: 'email', value: 'anna@example.ru' }
const way = (channelId: string, over: Partial<WayOut> = {}): WayOut => ({
  channelId,
  kind: 'email',
  queueId: 'sales',
  state: 'ok',
  ...over,
})

describe('the choice of another channel', () => {
  it('takes the mail channel that works', () => {
    const choice = chooseFailover({ from, addresses: [email], channels: [way('mail')] })
    assert.deepEqual(choice, { kind: 'move', channelId: 'mail', address: email })
  })

  it('asks the same queue before another one, even where it fails now', () => {
    const channels = [way('other', { queueId: 'support' }), way('own', { state: 'failing' })]
    assert.deepEqual(chooseFailover({ from, addresses: [email], channels }), { kind: 'move', channelId: 'own', address: email })
  })

  it('asks a working one before a failing one of the same queue', () => {
    const channels = [way('broken', { state: 'failing' }), way('works')]
    assert.deepEqual(chooseFailover({ from, addresses: [email], channels }), { kind: 'move', channelId: 'works', address: email })
  })

  it('takes the first of equals', () => {
    const choice = chooseFailover({ from, addresses: [email], channels: [way('old'), way('new')] })
    assert.deepEqual(choice, { kind: 'move', channelId: 'old', address: email })
  })

  it('never takes the channel that has just failed, one that is off, or one that cannot write first', () => {
    const channels = [
      way('chat'),
      way('off', { state: 'off' }),
      way('chat2', { kind: 'webchat' }),
      way('api', { kind: 'intake' }),
    ]
    assert.deepEqual(chooseFailover({ from, addresses: [email], channels }), { kind: 'nowhere', reason: 'no_channel' })
  })

  it('passes over addresses that no channel reaches', () => {
    const addresses: SenderAddress[] = [{ kind: 'visitor', value: 'v' }, { kind: 'phone', value: '+7' }, email]
    assert.deepEqual(chooseFailover({ from, addresses, channels: [way('mail')] }), {
      kind: 'move',
      channelId: 'mail',
      address: email,
    })
  })

  it('says that there is no address where none could ever be reached', () => {
    const addresses: SenderAddress[] = [{ kind: 'visitor', value: 'v' }]
    assert.deepEqual(chooseFailover({ from, addresses, channels: [way('mail')] }), { kind: 'nowhere', reason: 'no_address' })
    assert.deepEqual(chooseFailover({ from, addresses: [], channels: [] }), { kind: 'nowhere', reason: 'no_address' })
  })
})
