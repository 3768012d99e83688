import type { Crypto, SecretKey } from '@oco/security'
import { normalised } from '../../../src/kernel/address.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { sql, type Db } from '../../../src/platform/db.ts'
import {
  addressBeginnings,
  createVault,
  lexemesOf,
  nameBeginnings,
  placeIn,
  type Vault,
} from '../../../src/platform/vault/index.ts'
import type { Subject } from './subjects.ts'

/** A vault that has one key for every name: what somebody has who found a key and not its name. */
const vaultOfKey = (crypto: Crypto, key: SecretKey): Vault => {
  const held = { get: () => key }
  const keys = { hold: () => Promise.resolve(held), make: () => Promise.resolve() }
  return createVault({
    crypto,
    // Nothing else of them is asked for to open something.
    keys: keys as unknown as Parameters<typeof createVault>[0]['keys'],
    store: { epochs: () => Promise.resolve({ current: 1, living: [1], currentAt: new Date() }) },
    clock: systemClock,
  })
}

const COLUMNS: readonly (readonly [table: string, column: string, sealed: string, id: string])[] = [
  ['contact', 'name', 'sealed_name', 'id::text'],
  ['contact', 'note', 'sealed_note', 'id::text'],
  ['contact_address', 'value', 'sealed_value', 'id::text'],
  ['conversation', 'subject', 'sealed_subject', 'id::text'],
  ['conversation', 'preview', 'sealed_preview', 'id::text'],
  ['message', 'text', 'sealed_text', 'id::text'],
  ['message', 'html', 'sealed_html', 'id::text'],
  ['message', 'delivery_reason', 'sealed_delivery_reason', 'id::text'],
  ['draft', 'text', 'sealed_text', "person_id || ' ' || conversation_id || ' ' || kind"],
  ['draft', 'html', 'sealed_html', "person_id || ' ' || conversation_id || ' ' || kind"],
  ['outbox', 'recipient', 'sealed_recipient', 'id::text'],
  ['outbox', 'recipient_name', 'sealed_recipient_name', 'id::text'],
  ['inbox', 'payload', 'sealed_payload', 'id::text'],
  ['webchat_visit', 'form', 'sealed_form', 'id::text'],
]

/** Tries every key on every sealed value of a database; all the texts that came of it. */
export const openAll = async (db: Db, crypto: Crypto, keys: readonly SecretKey[]): Promise<string[]> => {
  const opened: string[] = []
  for (const key of keys) {
    const vault = vaultOfKey(crypto, key)
    const sealer = await vault.sealer('subject', [''])
    for (const [table, column, sealed, id] of COLUMNS) {
      const { rows } = await sql<{ id: string; sealed: Buffer }>`
        select ${sql.raw(id)} as id, ${sql.ref(sealed)} as sealed from ${sql.table(table)} where length(${sql.ref(sealed)}) > 0`.execute(
        db,
      )
      for (const row of rows) {
        const text = await sealer.openLong('', placeIn(table, column, row.id), row.sealed).catch(() => null)
        if (text !== null) opened.push(text)
      }
    }
    opened.push(...(await openFiles(db, vault)))
  }
  return opened
}

const openFiles = async (db: Db, vault: Vault): Promise<string[]> => {
  const opened: string[] = []
  const { rows: blobs } = await sql<{ id: string; sealed_key: Buffer }>`
    select id, sealed_key from blob where sealed_key is not null`.execute(db)
  const contents = await vault.contents.open(
    blobs.map((row) => ({ blobId: row.id, owner: { kind: 'subject', name: '' }, sealedKey: row.sealed_key })),
  )
  for (const [index, { id }] of blobs.entries()) {
    const content = contents[index]
    if (content == null) continue
    const chunks = await db.selectFrom('blob_chunk').select('bytes').where('blob_id', '=', id).orderBy('position').execute()
    const names = await db
      .selectFrom('attachment')
      .select(['id', 'sealed_file_name'])
      .where('blob_id', '=', id)
      .where('sealed_file_name', 'is not', null)
      .execute()
    try {
      for (const { id: attachmentId, sealed_file_name: name } of names) {
        if (name !== null) opened.push(content.openText(placeIn('attachment', 'file_name', attachmentId), name))
      }
      const parts: Uint8Array[] = []
      for await (const part of content.open(streamOf(chunks))) parts.push(part)
      opened.push(Buffer.concat(parts).toString('utf8'))
    } catch {
      // Not under this key.
    }
  }
  return opened
}

async function* streamOf(chunks: readonly { readonly bytes: Buffer }[]): AsyncGenerator<Uint8Array> {
  for (const { bytes } of chunks) yield await Promise.resolve(bytes)
}

interface Dictionary {
  readonly words: readonly string[]
  readonly names: readonly string[]
  readonly beginnings: readonly string[]
  readonly addresses: readonly string[]
}

const NOTHING_COMMON: Dictionary = { words: [], names: [], beginnings: [], addresses: [] }

/** All that subjects are found by, but what strangers share with them. */
const dictionaryOf = (subjects: readonly Subject[], strangers: Dictionary = NOTHING_COMMON): Dictionary => {
  const without = (all: readonly string[], theirs: readonly string[]): string[] => {
    const common = new Set(theirs)
    return [...new Set(all)].filter((each) => !common.has(each))
  }
  const said = subjects.flatMap(({ letters, answers, chat, subject }) => [...letters, ...answers, ...chat, subject])
  const addresses = subjects.flatMap(({ email, phone, visitId }) => [
    { kind: 'email', value: email } as const,
    { kind: 'phone', value: phone } as const,
    { kind: 'visitor', value: visitId } as const,
  ])
  return {
    words: without(
      said.flatMap((text) => [...lexemesOf(text)]),
      strangers.words,
    ),
    names: without(
      subjects.flatMap(({ name }) => [...nameBeginnings(name)]),
      strangers.names,
    ),
    beginnings: without(addresses.flatMap(addressBeginnings), strangers.beginnings),
    addresses: without(
      addresses.map((address) => `${address.kind}:${normalised(address)}`),
      strangers.addresses,
    ),
  }
}

/**
 * Tries a dictionary of the subjects' own words, names, addresses and phones on the rows of the indexes, under each key: how many of the
 * sums that lie in the database it explains. Words that strangers use as well say nothing of the subjects.
 */
export const tryDictionary = async (
  db: Db,
  crypto: Crypto,
  { keys, subjects, strangers }: { keys: readonly SecretKey[]; subjects: readonly Subject[]; strangers: readonly Subject[] },
): Promise<number> => {
  const { rows } = await sql<{ sum: string }>`
    select distinct unnest(search_terms)::text as sum from message union select unnest(search_terms)::text from conversation
    union select unnest(search_terms)::text from contact union select unnest(search_terms)::text from contact_address
    union select encode(lookup, 'hex') from contact_address union select encode(recipient_lookup, 'hex') from outbox`.execute(db)
  const lying = new Set(rows.map(({ sum }) => sum))
  const own = dictionaryOf(subjects, dictionaryOf(strangers))
  let explained = 0
  for (const key of keys) {
    const { current } = await vaultOfKey(crypto, key).indexes()
    const sums = [
      ...current.terms('words', own.words),
      ...current.terms('names', own.names),
      ...current.terms('addresses', own.beginnings),
      ...own.addresses.map((address) => current.lookup('addresses', address).toString('hex')),
    ]
    explained += new Set(sums.filter((sum) => lying.has(sum))).size
  }
  return explained
}
