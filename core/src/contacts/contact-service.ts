import type { ContactView, changeContact, RequestOf } from '@oco/contract'
import type { Actor, Origin } from '@oco/security'
import { present } from '../kernel/assert.ts'
import { Failure } from '../kernel/errors.ts'
import { audit, live, type Database, type Db } from '../platform/db.ts'
import { changeContactRow, contactView } from './contact-store.ts'

export interface ContactServiceOptions {
  readonly database: Database
  /** Whether the actor may see anything of this contact; false too where there is no such contact. */
  readonly maySee: (db: Db, actor: Actor, contactId: string) => Promise<boolean>
  /** Conversations of the contact that pages may have open. */
  readonly conversationsOf: (db: Db, contactId: string) => Promise<readonly string[]>
}

export type ContactChange = RequestOf<typeof changeContact>['body']

/** Throws `not_found` where the actor may see nothing of this contact, `version_conflict` where somebody was faster. */
export const changeContactAs = (
  { database, maySee, conversationsOf }: ContactServiceOptions,
  { actor, by }: { actor: Actor; by: Origin },
  contactId: string,
  change: ContactChange,
): Promise<ContactView> =>
  database.transaction(async (tx) => {
    if (!(await maySee(tx, actor, contactId))) throw new Failure('not_found')
    if (!(await changeContactRow(tx, contactId, change))) throw new Failure('version_conflict')
    const fields = Object.keys(change).filter((field) => field !== 'version')
    audit(tx, { action: 'contact.changed', by, object: { kind: 'contact', id: contactId }, details: { fields } })
    for (const conversationId of await conversationsOf(tx, contactId)) live(tx, { type: 'conversation.changed', conversationId })
    return present(await contactView(tx, contactId), 'the contact that was changed')
  })
