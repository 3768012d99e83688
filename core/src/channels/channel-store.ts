import {
  channelSettings,
  type ChannelSettings,
  type ChannelSettingsView,
  type ChannelView,
  CHANNEL_STATES,
  CHANNEL_KINDS,
} from '@oco/contract'
import { z } from 'zod'
import type { SecretBox } from '@oco/security'
import { newId } from '../kernel/ids.ts'
import { sql, type Db, type Tx } from '../platform/db.ts'
import type { ChannelAccount, ChannelState } from './channel.ts'

const secretsOf = z.object({ imap: z.string().default(''), smtp: z.string().default('') })
type Secrets = z.output<typeof secretsOf>
const NO_SECRETS: Secrets = { imap: '', smtp: '' }

export interface StoredChannel {
  readonly id: string
  readonly kind: ChannelSettings['kind']
  readonly name: string
  readonly enabled: boolean
  readonly queueId: string
  /** With its secrets opened. */
  readonly settings: ChannelSettings
  readonly consentVersion: number
  readonly version: number
}

export interface ChannelStore {
  list(db: Db): Promise<StoredChannel[]>
  find(db: Db, id: string): Promise<StoredChannel | null>
  /** The mail channel of an address, one that is switched on before one that is not; null where no channel has it. */
  findByAddress(db: Db, address: string): Promise<{ accountId: string; enabled: boolean } | null>
  views(db: Db, ids?: readonly string[]): Promise<ChannelView[]>
  create(
    tx: Tx,
    channel: { name: string; queueId: string; enabled: boolean; settings: ChannelSettings; demo: boolean; now: Date },
  ): Promise<string>
  /** False where the row has another version by now. */
  change(tx: Tx, id: string, change: ChannelChange): Promise<boolean>
  /** False where the channel stood in this state already. */
  setState(tx: Tx, id: string, state: ChannelState | { kind: 'off' }, now: Date): Promise<boolean>
  readCursor(db: Db, id: string): Promise<unknown>
  writeCursor(db: Db, id: string, cursor: unknown): Promise<void>
}

export interface ChannelChange {
  readonly version: number
  readonly name?: string | undefined
  readonly queueId?: string | undefined
  readonly enabled?: boolean | undefined
  readonly settings?: ChannelSettings | undefined
}

export const createChannelStore = (box: SecretBox): ChannelStore => {
  const stored = (row: {
    id: string
    name: string
    enabled: boolean
    queue_id: string
    settings: unknown
    secrets: Buffer | null
    version: number
  }): StoredChannel => {
    const { consentVersion, ...plain } = z.looseObject({ consentVersion: z.int().default(1) }).parse(row.settings)
    const settings = withSecrets(channelSettings.parse(plain), row.secrets === null ? NO_SECRETS : openSecrets(box, row.secrets))
    return {
      id: row.id,
      kind: settings.kind,
      name: row.name,
      enabled: row.enabled,
      queueId: row.queue_id,
      settings,
      consentVersion,
      version: row.version,
    }
  }

  const columns = ['id', 'name', 'enabled', 'queue_id', 'settings', 'secrets', 'version'] as const

  return {
    async list(db) {
      const rows = await db.selectFrom('channel').select(columns).orderBy('created_at').execute()
      return rows.map(stored)
    },

    async find(db, id) {
      const row = await db.selectFrom('channel').select(columns).where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : stored(row)
    },

    async findByAddress(db, address) {
      const row = await db
        .selectFrom('channel')
        .select(['id', 'enabled'])
        .where('kind', '=', 'email')
        .where(sql`lower(settings ->> 'address')`, '=', address.toLowerCase())
        .orderBy('enabled', 'desc')
        .orderBy('created_at')
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? null : { accountId: row.id, enabled: row.enabled }
    },

    async views(db, ids) {
      let query = db
        .selectFrom('channel')
        .select([...columns, 'state', 'state_since', 'state_reason'])
        .select(
          sql<number>`(select count(*) from inbox where inbox.channel_id = channel.id and inbox.state = 'set_aside')`.as(
            'set_aside',
          ),
        )
        .orderBy('created_at')
      if (ids !== undefined) query = query.where('id', 'in', ids)
      const rows = await query.execute()
      return rows.map((row) => {
        const channel = stored(row)
        return {
          id: row.id,
          kind: z.enum(CHANNEL_KINDS).parse(channel.kind),
          name: row.name,
          enabled: row.enabled,
          queueId: row.queue_id,
          settings: withoutSecrets(channel),
          state: z.enum(CHANNEL_STATES).parse(row.state),
          stateSince: row.state_since.toISOString(),
          stateReason: row.state_reason,
          setAside: row.set_aside,
          version: row.version,
        }
      })
    },

    async create(tx, { name, queueId, enabled, settings, demo, now }) {
      const id = newId(now)
      const { plain, secrets } = split(settings)
      await tx
        .insertInto('channel')
        .values({
          id,
          kind: settings.kind,
          name,
          enabled,
          queue_id: queueId,
          settings: JSON.stringify({ ...plain, consentVersion: 1 }),
          secrets: sealSecrets(box, secrets),
          state_since: now,
          created_at: now,
          demo,
        })
        .execute()
      return id
    },

    async change(tx, id, change) {
      const before = await tx.selectFrom('channel').select(columns).where('id', '=', id).forUpdate().executeTakeFirst()
      if (before?.version !== change.version) return false
      const known = stored(before)
      const settings = change.settings === undefined ? known.settings : keepSecrets(change.settings, known.settings)
      const { plain, secrets } = split(settings)
      await tx
        .updateTable('channel')
        .set({
          name: change.name ?? known.name,
          queue_id: change.queueId ?? known.queueId,
          enabled: change.enabled ?? known.enabled,
          settings: JSON.stringify({
            ...plain,
            consentVersion: known.consentVersion + (consentChanged(known.settings, settings) ? 1 : 0),
          }),
          secrets: sealSecrets(box, secrets),
          version: change.version + 1,
        })
        .where('id', '=', id)
        .execute()
      return true
    },

    async setState(tx, id, state, now) {
      const reason = state.kind === 'failing' ? state.reason.slice(0, STATE_REASON_LENGTH_MAX) : null
      const result = await tx
        .updateTable('channel')
        .set({ state: state.kind, state_reason: reason, state_since: now })
        .where('id', '=', id)
        .where((where) => where.or([where('state', '<>', state.kind), where('state_reason', 'is distinct from', reason)]))
        .executeTakeFirst()
      return result.numUpdatedRows > 0n
    },

    async readCursor(db, id) {
      const row = await db.selectFrom('channel').select('receive_cursor').where('id', '=', id).executeTakeFirst()
      return row?.receive_cursor ?? null
    },

    async writeCursor(db, id, cursor) {
      await db
        .updateTable('channel')
        .set({ receive_cursor: JSON.stringify(cursor) })
        .where('id', '=', id)
        .execute()
    },
  }
}

const STATE_REASON_LENGTH_MAX = 500

export const accountOf = (channel: StoredChannel): ChannelAccount => ({
  id: channel.id,
  name: channel.name,
  settings: channel.settings,
  consentVersion: channel.consentVersion,
})

interface Door {
  readonly host: string
  readonly port: number
  readonly tls: string
  readonly user: string
  readonly password: string
}

const sameDoor = (one: Door, other: Door): boolean =>
  one.host === other.host && one.port === other.port && one.tls === other.tls && one.user === other.user

/**
 * What was left empty keeps what is stored: a secret is written, never read. A stored one goes only to where it was meant to go, or a
 * change of the host would hand it to anybody.
 */
export const keepSecrets = (next: ChannelSettings, known: ChannelSettings): ChannelSettings => {
  if (next.kind !== 'email' || known.kind !== 'email') return next
  const certain = next.allowUntrustedCertificates === known.allowUntrustedCertificates
  const kept = (now: Door | null, before: Door | null): string => {
    if (now === null || now.password !== '') return now?.password ?? ''
    return before !== null && certain && sameDoor(now, before) ? before.password : ''
  }
  const imapPassword = kept(next.imap, known.imap)
  const smtpPassword = kept(next.smtp, known.smtp)
  return {
    ...next,
    imap: next.imap === null ? null : { ...next.imap, password: imapPassword },
    smtp: { ...next.smtp, password: smtpPassword },
  }
}

const split = (settings: ChannelSettings): { plain: ChannelSettings; secrets: Secrets } => {
  if (settings.kind !== 'email') return { plain: settings, secrets: NO_SECRETS }
  const secrets = { imap: settings.imap?.password ?? '', smtp: settings.smtp.password }
  return { plain: withSecrets(settings, NO_SECRETS), secrets }
}

const withSecrets = (settings: ChannelSettings, secrets: Secrets): ChannelSettings =>
  settings.kind === 'email'
    ? {
        ...settings,
        imap: settings.imap === null ? null : { ...settings.imap, password: secrets.imap },
        smtp: { ...settings.smtp, password: secrets.smtp },
      }
    : settings

const withoutSecrets = ({ settings, consentVersion }: StoredChannel): ChannelSettingsView => {
  if (settings.kind === 'webchat') return { ...settings, consentVersion }
  if (settings.kind === 'intake') return settings
  const { imap, smtp, ...rest } = settings
  return {
    ...rest,
    imap: imap === null ? null : { host: imap.host, port: imap.port, tls: imap.tls, user: imap.user, mailbox: imap.mailbox },
    smtp: { host: smtp.host, port: smtp.port, tls: smtp.tls, user: smtp.user },
  }
}

const consentChanged = (before: ChannelSettings, after: ChannelSettings): boolean =>
  before.kind === 'webchat' && after.kind === 'webchat' && before.consentText !== after.consentText

const sealSecrets = (box: SecretBox, secrets: Secrets): Buffer | null =>
  secrets.imap === '' && secrets.smtp === '' ? null : box.seal(JSON.stringify(secrets))

const openSecrets = (box: SecretBox, sealed: Buffer): Secrets => secretsOf.parse(JSON.parse(box.open(sealed)))
