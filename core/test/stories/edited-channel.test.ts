import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { openLmtpTalk, type LmtpTalk } from '../peers/lmtp-talk.ts'
import { SUPPORT } from '../peers/mail-peer.ts'
import { plainLetter } from '../peers/poison-letters.ts'
import { openMailOffice, type MailOffice } from './mail-office.ts'

describe('a mail channel that is edited or switched off refuses no letter for good', () => {
  let folder: string
  let office: MailOffice
  let relay: LmtpTalk
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oco-edited-'))
    office = await openMailOffice(folder)
    relay = await openLmtpTalk(office.test.started.lmtpPort ?? 0)
    await relay.say('LHLO relay')
  })
  after(async () => {
    relay.hangUp()
    await office.stop()
    await rm(folder, { recursive: true })
  })

  const channel = async () => {
    const { rows } = await office.admin.call('listChannels')
    const found = rows.find(({ id }) => id === office.channelId)
    assert.ok(found?.settings.kind === 'email')
    return { ...found, settings: found.settings }
  }
  const change = async (change: { enabled?: boolean; address?: string }): Promise<void> => {
    const { version, settings } = await channel()
    const { address, enabled } = change
    await office.admin.call('changeChannel', {
      params: { id: office.channelId },
      body: { version, enabled, settings: address === undefined ? undefined : { ...settings, address } },
    })
  }
  const follows = (state: 'ok' | 'off') => eventually(async () => ((await channel()).state === state ? state : null))
  const offerTo = async (address: string): Promise<string> => {
    await relay.say('MAIL FROM:<client@example.test>')
    return relay.say(`RCPT TO:<${address}>`)
  }
  const handOver = async (id: string): Promise<string> => {
    await relay.say('DATA')
    return relay.say(`${plainLetter(id, 'Текст').toString('utf8')}\r\n.`)
  }

  it('takes the letter that it has agreed to take, although its address was changed meanwhile', async () => {
    assert.match(await offerTo(SUPPORT.address), /^250 /)
    await change({ address: 'other@example.test' })
    await eventually(async () => ((await offerStranger()) ? true : null))
    assert.match(await handOver('address-changed'), /^250 /)
    await office.accept('address-changed')
    await change({ address: SUPPORT.address })
  })

  /** Another relay's look: the old address is nobody's by now. */
  const offerStranger = async (): Promise<boolean> => {
    const other = await openLmtpTalk(office.test.started.lmtpPort ?? 0)
    await other.say('LHLO other')
    await other.say('MAIL FROM:<client@example.test>')
    const answer = await other.say(`RCPT TO:<${SUPPORT.address}>`)
    other.hangUp()
    return answer.startsWith('550 5.1.1')
  }

  it('takes it also when it was switched off meanwhile', async () => {
    assert.match(await offerTo(SUPPORT.address), /^250 /)
    await change({ enabled: false })
    await follows('off')
    assert.match(await handOver('switched-off'), /^250 /)
    await office.accept('switched-off')
  })

  it('asks the relay to wait while it is switched off, and takes the letter afterwards', async () => {
    assert.match(await offerTo(SUPPORT.address), /^451 /)
    await relay.say('RSET')
    await change({ enabled: true })
    await follows('ok')
    assert.match(await offerTo(SUPPORT.address.toUpperCase()), /^250 /)
    assert.match(await handOver('after-the-pause'), /^250 /)
    await office.accept('after-the-pause')
  })

  it('tells the relay at once that an address is nobody’s', async () => {
    assert.match(await offerTo('nobody@example.test'), /^550 5\.1\.1/)
  })
})
