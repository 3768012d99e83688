import type { ChannelView, PersonView, QueueView, TokenView } from '@oco/contract'
import { takesItems } from '../../features/people/person-form.ts'
import { expiryTone } from '../../features/tokens/token-expiry.ts'
import type { AdministratorPage } from './pages.ts'

/** Something that an administrator should look at: what kind, whose, and where it is mended. `danger`: customers feel it now. */
export interface Attention {
  readonly kind:
    | 'channel_failing'
    | 'no_channels'
    | 'set_aside'
    | 'queue_without_people'
    | 'skill_without_people'
    | 'person_without_queue'
    | 'token_expires'
    | 'one_administrator'
    | 'no_security_officer'
    | 'demo'
  readonly level: 'danger' | 'warn' | 'hint'
  /** Name of the thing concerned; empty where it is the whole installation. */
  readonly name: string
  readonly page: AdministratorPage
}

export interface Installation {
  readonly channels: readonly ChannelView[]
  readonly queues: readonly QueueView[]
  readonly people: readonly PersonView[]
  readonly tokens: readonly TokenView[]
  readonly demo: boolean
  readonly now: number
}

const RANK: Record<Attention['level'], number> = { danger: 0, warn: 1, hint: 2 }

/** Gravest first. */
export function attentionOf(installation: Installation): Attention[] {
  const found = [
    ...channelMatters(installation),
    ...queueMatters(installation),
    ...peopleMatters(installation),
    ...keyMatters(installation),
  ]
  if (installation.demo) found.push({ kind: 'demo', level: 'hint', name: '', page: 'organisation' })
  return found.sort((a, b) => RANK[a.level] - RANK[b.level])
}

function channelMatters({ channels }: Installation): Attention[] {
  const working = channels.filter((channel) => channel.enabled)
  const none: Attention[] = working.length === 0 ? [{ kind: 'no_channels', level: 'warn', name: '', page: 'channels' }] : []
  const failing = working
    .filter((channel) => channel.state === 'failing')
    .map(({ name }): Attention => ({ kind: 'channel_failing', level: 'danger', name, page: 'channels' }))
  const aside = channels
    .filter((channel) => channel.setAside > 0)
    .map(({ name }): Attention => ({ kind: 'set_aside', level: 'warn', name, page: 'channels' }))
  return [...none, ...failing, ...aside]
}

/** Requests come into the queue, and nobody gets them. */
function queueMatters({ queues, people }: Installation): Attention[] {
  const staff = people.filter((person) => !person.blocked && takesItems(person.role))
  return queues
    .filter((queue) => queue.channelNames.length > 0 || queue.openItems > 0)
    .flatMap((queue): Attention[] => {
      const members = staff.filter((person) => person.queueIds.includes(queue.id))
      if (members.length === 0) return [{ kind: 'queue_without_people', level: 'danger', name: queue.name, page: 'people' }]
      const { skillId } = queue
      const able = skillId === null || members.some((person) => person.skillIds.includes(skillId))
      return able ? [] : [{ kind: 'skill_without_people', level: 'danger', name: queue.name, page: 'people' }]
    })
}

function peopleMatters({ people }: Installation): Attention[] {
  const active = people.filter((person) => !person.blocked)
  const idle = active
    .filter((person) => person.role === 'agent' && person.queueIds.length === 0)
    .map(({ displayName }): Attention => ({ kind: 'person_without_queue', level: 'warn', name: displayName, page: 'people' }))
  const count = (role: PersonView['role']): number => active.filter((person) => person.role === role).length
  return [
    ...idle,
    ...(count('administrator') === 1 ? [{ kind: 'one_administrator', level: 'hint', name: '', page: 'people' } as const] : []),
    ...(count('security_officer') === 0
      ? [{ kind: 'no_security_officer', level: 'hint', name: '', page: 'people' } as const]
      : []),
  ]
}

function keyMatters({ tokens, now }: Installation): Attention[] {
  return tokens
    .filter((token) => expiryTone(token.expiresAt, now) !== null)
    .map(({ name }): Attention => ({ kind: 'token_expires', level: 'warn', name, page: 'tokens' }))
}
