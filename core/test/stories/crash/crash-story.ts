import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../../eventually.ts'
import { goThroughFirstRun, PASSWORD } from '../../first-run.ts'
import { HttpClient } from '../../http-client.ts'
import { emailSettings } from '../../peers/email-account.ts'
import { startHoldingProxy, type HoldingProxy } from '../../peers/holding-proxy.ts'
import { startMailPeer } from '../../peers/mail-peer.ts'
import { startSmtpPeer } from '../../peers/smtp.ts'
import type { Random } from '../../random.ts'
import { startAppliance, type Appliance } from '../../appliance.ts'
import type { Tidy } from '../run/run-story.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { makeLetters, RELAY_ADDRESS, startPost } from './letters.ts'
import { openOffice } from './office.ts'
import { installRowStops, type RowStops } from './row-stops.ts'
import { STEPS, type Step } from './steps.ts'
import { judge, type Verdict } from './verdict.ts'

const AGENTS = 6
const RANDOM_WAIT_MS = 1_500
const START_WAIT_MS = 1_200
const REACHED_WITHIN_MS = 60_000
/** Longer than a lease, an offer and a start together: work that stands still so long stands for ever. */
const STALLED_MS = 75_000
/** So long core is left where it stands: a word that it has said too early has time to arrive. */
const STANDS_MS = 100
const MAILBOX_CHANNEL = 'Почта'
const RELAY_CHANNEL = 'Почта от релея'

export interface CrashPlan {
  readonly letters: number
  readonly replies: number
  /** So many of the named steps, shuffled; all of them where there are fewer. */
  readonly stepKills: number
  /** Kills at moments that nobody chose. */
  readonly randomKills: number
  readonly random: Random
  readonly tell: (line: string) => void
}

export interface CrashOutcome extends Verdict {
  /** Processes that were ended by a kill. */
  readonly kills: number
  readonly looks: number
  readonly handedOverAgain: number
}

type Wires = Readonly<Record<'imap' | 'lmtp' | 'smtp', HoldingProxy>>

interface World {
  readonly product: Appliance
  readonly ledger: Ledger
  readonly stops: RowStops
  readonly wires: Wires
}

type Kill = { readonly kind: 'step'; readonly step: Step } | { readonly kind: 'random' }

/** The whole story; resolves when everything that came in is answered and judged. */
export const tellCrashStory = async (plan: CrashPlan, tidy: Tidy): Promise<CrashOutcome> => {
  const { random, tell } = plan
  const peer = await startMailPeer()
  tidy.after(() => peer.stop())
  const product = await startAppliance()
  tidy.after(() => product.stop())
  const smtp = await startSmtpPeer({ certificate: peer.certificate, tls: 'plain' })
  tidy.after(() => smtp.stop())
  const wires = {
    imap: await startHoldingProxy(peer.imapPort),
    lmtp: await startHoldingProxy(product.lmtpPort),
    smtp: await startHoldingProxy(smtp.port),
  }
  for (const wire of Object.values(wires)) tidy.after(() => wire.stop())
  const agents = await setUp(product, wires)
  const stops = await installRowStops(product.ownerUrl)
  tidy.after(() => stops.stop())
  const ledger = await openLedger(product.ownerUrl)
  tidy.after(() => ledger.stop())

  const letters = makeLetters(plan.letters, random)
  const repliesTo = (index: number): number => Math.floor((plan.replies + plan.letters - 1 - index) / plan.letters)
  const channels = { imap: MAILBOX_CHANNEL, lmtp: RELAY_CHANNEL }
  const post = startPost({
    letters,
    peer,
    lmtpPort: wires.lmtp.port,
    answered: (way) => ledger.progress.resolved[channels[way]] ?? 0,
  })
  tidy.after(async () => post.end())
  const office = openOffice(agents, repliesTo)
  tidy.after(() => office.close())

  const kills = plannedKills(plan)
  const killing = killAll({ product, ledger, stops, wires }, kills, plan)
  const work = killing.then(async () => {
    await post.handedOver
    await until(ledger, ({ resolved, sent }) => sum(resolved) === plan.letters && sent === plan.replies)
  })
  const stalled = await Promise.race([work, office.fault, ledger.fault]).then(() => null, stallOf)
  await office.close()
  const verdict = await judge({ ledger, letters, repliesTo, taken: smtp.letters, starts: kills.length + 1 })
  const outcome = stalled === null ? verdict : { ...verdict, faults: [stalled, ...verdict.faults] }
  tell(`${post.repeated} letters were handed over again by the relay, ${outcome.repeated} answers were sent more than once`)
  return { ...outcome, kills: product.kills, looks: ledger.looks, handedOverAgain: post.repeated }
}

/** Mail in by IMAP and by LMTP, out by SMTP, each over a wire that can be held; and the agents. */
const setUp = async (product: Appliance, wires: Wires): Promise<HttpClient[]> => {
  const mail = (imapPort?: number) =>
    emailSettings({ smtpPort: wires.smtp.port, ...(imapPort === undefined ? {} : { imapPort }) })
  const { queueId } = await goThroughFirstRun(
    { address: product.address, code: product.setupCode },
    { mail: { name: MAILBOX_CHANNEL, settings: mail(wires.imap.port) } },
  )
  const client = () => new HttpClient(product.address)
  const admin = await client().signIn('admin', PASSWORD)
  const settings = { ...mail(), address: RELAY_ADDRESS }
  await admin.call('createChannel', { body: { name: RELAY_CHANNEL, queueId, settings } })
  const agents: HttpClient[] = []
  for (let index = 1; index <= AGENTS; index++) {
    const login = `agent${index}`
    const person = { login, displayName: `Агент ${index}`, role: 'agent' as const, queueIds: [queueId], password: PASSWORD }
    await admin.call('createPerson', { body: person })
    agents.push(await client().signIn(login, PASSWORD))
  }
  await eventually(async () => {
    const { rows } = await admin.call('listChannels')
    return rows.every(({ state }) => state === 'ok') ? true : null
  })
  return agents
}

const plannedKills = ({ stepKills, randomKills, random }: CrashPlan): Kill[] => {
  const left = [...STEPS]
  const kills: Kill[] = []
  while (left.length > 0 && kills.length < stepKills) {
    const [step] = left.splice(random.below(left.length), 1)
    if (step !== undefined) kills.push({ kind: 'step', step })
  }
  for (let count = 0; count < randomKills; count++) kills.splice(random.below(kills.length + 1), 0, { kind: 'random' })
  return kills
}

/** One kill after the other, spread over the work, each followed by a start. */
const killAll = async (world: World, kills: readonly Kill[], plan: CrashPlan): Promise<void> => {
  const { product, ledger } = world
  for (const [index, kill] of kills.entries()) {
    const share = index / kills.length
    await until(ledger, ({ received, sent }) => received + sent >= share * (plan.letters + plan.replies) * KILLS_END_AT)
    const { received, sent } = ledger.progress
    const number = `kill ${index + 1} of ${kills.length} (${received} letters in, ${sent} answers out)`
    if (kill.kind === 'random') {
      await pause(plan.random.below(RANDOM_WAIT_MS))
      await product.kill()
      plan.tell(`${number}: at a random moment`)
    } else {
      await killIn(world, kill.step, plan.random)
      plan.tell(`${number}: ${kill.step.name}`)
    }
    await product.start()
  }
}

/** The last kill finds enough work left to reach its step. */
const KILLS_END_AT = 0.9

const killIn = async ({ product, stops, wires }: World, step: Step, random: Random): Promise<void> => {
  switch (step.kind) {
    case 'row':
      await stops.hold(step)
      await within(REACHED_WITHIN_MS, step.name, stops.reached(step))
      await pause(STANDS_MS)
      await product.kill()
      await stops.letGo(step)
      return
    case 'wire': {
      const wire = wires[step.wire]
      await within(REACHED_WITHIN_MS, step.name, wire.hold(step.direction, step.words))
      await pause(STANDS_MS)
      await product.kill()
      wire.letGo()
      return
    }
    case 'start':
      await product.kill()
      await product.startAndKill(random.below(START_WAIT_MS))
  }
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0)

/** The work does not go on: what is missing is for the verdict to say. */
class Stalled extends Error {}

const stallOf = (error: unknown): string => {
  if (error instanceof Stalled) return error.message
  throw error
}

const until = async (ledger: Ledger, holds: (progress: Ledger['progress']) => boolean): Promise<void> => {
  let seen = ''
  let changedMs = performance.now()
  while (!holds(ledger.progress)) {
    const now = JSON.stringify(ledger.progress)
    if (now !== seen) changedMs = performance.now()
    seen = now
    if (performance.now() - changedMs > STALLED_MS) throw new Stalled(`the work does not go on: ${now}`)
    await pause(50)
  }
}

const within = async (ms: number, name: string, reached: Promise<void>): Promise<void> => {
  const late = new AbortController()
  const timeout = pause(ms, undefined, { signal: late.signal }).then(() => {
    throw new Stalled(`nobody came to the step “${name}”`)
  })
  timeout.catch(() => undefined)
  await Promise.race([reached, timeout]).finally(() => late.abort())
}
