import { findConversation, messageViews } from '../src/conversations/index.ts'
import type { Db } from '../src/platform/db.ts'

/** So many are more than any test writes. */
const MESSAGES_MAX = 1_000

/** What was said in a conversation, in order: it lies sealed, so no statement can tell. */
export const textsIn = async (db: Db, conversationId: string): Promise<string[]> =>
  (await messageViews(db, { conversationId, limit: MESSAGES_MAX })).map(({ text }) => text)

/** The conversation of a subject, the latest where there are several; null where there is none. */
export const conversationAbout = async (db: Db, subject: string): Promise<string | null> => {
  const rows = await db.selectFrom('conversation').select('id').orderBy('number', 'desc').execute()
  for (const { id } of rows) if ((await findConversation(db, id))?.subject === subject) return id
  return null
}
