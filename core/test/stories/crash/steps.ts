import type { Direction } from '../../peers/holding-proxy.ts'

/**
 * The named steps in which core is killed. Core itself knows nothing of it: it is stopped from outside where it has just written a row
 * that is not committed yet (a trigger that the story puts into the database waits there), or where it speaks to others (a proxy keeps
 * the words back), and is then killed where it stands.
 */
export type Step = RowStep | WireStep | StartStep

export interface RowStep {
  readonly kind: 'row'
  readonly name: string
  readonly table: string
  readonly on: 'insert' | 'update'
  /** SQL over `new` and `old`; absent: every row. */
  readonly when?: string
}

export interface WireStep {
  readonly kind: 'wire'
  readonly name: string
  readonly wire: 'imap' | 'lmtp' | 'smtp'
  readonly direction: Direction
  readonly words: string
}

export interface StartStep {
  readonly kind: 'start'
  readonly name: string
}

const row = (name: string, on: RowStep['on'], table: string, when?: string): RowStep => ({
  kind: 'row',
  name,
  on,
  table,
  ...(when === undefined ? {} : { when }),
})

/** The part of a letter's Message-ID that says by which way it comes. */
export const WAY_IN_ID = { imap: '.mailbox.', lmtp: '.relay.' } as const

export const ROW_STEPS: readonly RowStep[] = [
  row('the inbox row of a letter from the mailbox is written', 'insert', 'inbox', `new.external_id like '%${WAY_IN_ID.imap}%'`),
  row('the inbox row of a letter from the relay is written', 'insert', 'inbox', `new.external_id like '%${WAY_IN_ID.lmtp}%'`),
  row('its message is appended', 'insert', 'message', `new.kind = 'inbound'`),
  row('its work item is in the line', 'insert', 'work_item'),
  row('its inbox row is done', 'update', 'inbox', `new.state = 'done' and old.state <> 'done'`),
  row('an offer is made', 'insert', 'offer'),
  row('an offer is accepted', 'update', 'work_item', `new.state = 'assigned' and old.state = 'offered'`),
  row('the record of it is written', 'insert', 'audit_event', `new.action = 'work_item.assigned'`),
  row('an answer is queued', 'insert', 'outbox'),
  row('an answer is leased to be sent', 'update', 'outbox', `new.attempts > old.attempts`),
  row('an answer is noted as sent', 'update', 'outbox', `new.state = 'sent' and old.state <> 'sent'`),
  row('a work item is resolved', 'update', 'work_item', `new.state = 'resolved' and old.state <> 'resolved'`),
]

const WIRE_STEPS: readonly WireStep[] = [
  {
    kind: 'wire',
    name: 'a letter from the mailbox is stored and not yet marked as seen',
    wire: 'imap',
    direction: 'to-server',
    words: 'UID STORE',
  },
  {
    kind: 'wire',
    name: 'a letter from the relay is stored and not yet acknowledged',
    wire: 'lmtp',
    direction: 'to-client',
    words: '2.0.0 stored',
  },
  { kind: 'wire', name: 'an answer is about to be handed over', wire: 'smtp', direction: 'to-server', words: 'DATA\r\n' },
  {
    kind: 'wire',
    name: 'an answer is taken by the server and core does not know',
    wire: 'smtp',
    direction: 'to-client',
    words: '250 taken',
  },
]

export const STEPS: readonly Step[] = [...ROW_STEPS, ...WIRE_STEPS, { kind: 'start', name: 'core is starting' }]
