import { simpleParser } from 'mailparser'
import type { TakenLetter } from '../../peers/smtp.ts'
import type { Ledger } from './ledger.ts'
import type { Letter } from './letters.ts'
import { answerIn } from './office.ts'

export interface Verdict {
  readonly lost: number
  readonly doubled: number
  /** Answers that the SMTP server has taken at least once. */
  readonly sent: number
  /** Answers that it has taken more than once: each time under the same Message-ID. */
  readonly repeated: number
  /** Everything that must not be, in words; empty where all is well. */
  readonly faults: readonly string[]
}

/** What became of every letter and every answer, by the database and by what the SMTP server has taken. */
export const judge = async (options: {
  readonly ledger: Ledger
  readonly letters: readonly Letter[]
  readonly repliesTo: (index: number) => number
  readonly taken: readonly TakenLetter[]
  readonly starts: number
}): Promise<Verdict> => {
  const letters = await countLetters(options.ledger, options.letters)
  const answers = await countAnswers(options.letters, options.repliesTo, options.taken)
  const faults = [...letters.faults, ...answers.faults]
  for (const [name, text] of Object.entries(RECORDS)) {
    const rows = await options.ledger.query<object>(text)
    if (rows.length > 0) faults.push(`${name}: ${rows.length}, such as ${JSON.stringify(rows[0])}`)
  }
  const [started] = await options.ledger.query<{ count: number }>(
    `select count(*)::integer as count from audit_event where action = 'system.started'`,
  )
  // A start that is killed before it serves has not started anything.
  if ((started?.count ?? 0) < options.starts) faults.push(`${started?.count ?? 0} starts on record of ${options.starts}`)
  return { ...letters, ...answers, faults }
}

const countLetters = async (ledger: Ledger, letters: readonly Letter[]) => {
  const rows = await ledger.query<{ external_id: string; messages: number; conversations: number }>(
    `select external_id, count(*)::integer as messages, count(distinct conversation_id)::integer as conversations
    from message where kind = 'inbound' group by external_id`,
  )
  const byId = new Map(rows.map((row) => [row.external_id, row.messages]))
  const known = new Set(letters.map(({ messageId }) => messageId))
  const strangers = rows.filter((row) => !known.has(row.external_id))
  const lost = letters.filter(({ messageId }) => !byId.has(messageId))
  const doubled = rows.reduce((sum, { messages }) => sum + messages - 1, 0) + strangers.length
  return {
    lost: lost.length,
    doubled,
    faults: [
      ...lost.slice(0, 5).map(({ messageId, way }) => `the letter ${messageId} (${way}) is lost`),
      ...(doubled > 0 ? [`${doubled} messages are there without a letter of their own`] : []),
    ],
  }
}

const countAnswers = async (
  letters: readonly Letter[],
  repliesTo: (index: number) => number,
  taken: readonly TakenLetter[],
): Promise<Pick<Verdict, 'sent' | 'repeated' | 'faults'>> => {
  const idsByAnswer = new Map<string, string[]>()
  const faults: string[] = []
  for (const { raw, to } of taken) {
    const mail = await simpleParser(raw)
    const answer = answerIn(mail.text ?? '') ?? ''
    const letter = letters[Number(answer.split('.')[0])]
    if (letter === undefined || mail.inReplyTo !== letter.messageId || to[0] !== letter.from) {
      faults.push(`the answer ${answer} went to ${to.join()} about ${mail.inReplyTo ?? ''}`)
    }
    idsByAnswer.set(answer, [...(idsByAnswer.get(answer) ?? []), mail.messageId ?? ''])
  }
  const wanted = letters.flatMap(({ index }) => Array.from({ length: repliesTo(index) }, (_, number) => `${index}.${number}`))
  for (const answer of wanted) if (!idsByAnswer.has(answer)) faults.push(`the answer ${answer} never went out`)
  for (const [answer, ids] of idsByAnswer) {
    if (!wanted.includes(answer)) faults.push(`nobody has written the answer ${answer}`)
    if (new Set(ids).size > 1) faults.push(`the answer ${answer} went out under ${new Set(ids).size} ids`)
  }
  if (new Set([...idsByAnswer.values()].flat()).size < idsByAnswer.size) faults.push('two answers went out under one id')
  return {
    sent: wanted.filter((answer) => idsByAnswer.has(answer)).length,
    repeated: [...idsByAnswer.values()].filter((ids) => ids.length > 1).length,
    faults,
  }
}

const recorded = (kind: string, id: string, actions: readonly string[]): string =>
  `(select count(*) from audit_event where object_kind = '${kind}' and object_id = ${id}
    and action in (${actions.map((action) => `'${action}'`).join(', ')}))`

/** Each query gives what is not on record as often as it happened, or was left unfinished. */
const RECORDS: Readonly<Record<string, string>> = {
  'letters whose receipt is not on record once': `
    select id from message where kind = 'inbound' and ${recorded('message', 'message.id', ['message.received'])} <> 1`,
  'answers whose writing or sending is not on record once': `
    select id, delivery_state from message where kind = 'outbound' and (delivery_state <> 'sent'
      or ${recorded('message', 'message.id', ['message.queued'])} <> 1
      or ${recorded('message', 'message.id', ['message.sent'])} <> 1)`,
  'work items whose beginning or end is not on record once': `
    select id, state from work_item where state <> 'resolved'
      or ${recorded('work_item', 'work_item.id', ['work_item.enqueued'])} <> 1
      or ${recorded('work_item', 'work_item.id', ['work_item.resolved'])} <> 1`,
  'work items with another number of offers or assignments than is on record': `
    select id from work_item where
      (select count(*) from offer where work_item_id = work_item.id)
        <> ${recorded('work_item', 'work_item.id', ['work_item.offered'])}
      or (select count(*) from handling where work_item_id = work_item.id)
        <> ${recorded('work_item', 'work_item.id', ['work_item.assigned'])}`,
  'inbox rows that were set aside or not taken': `select id, state, reason from inbox where state <> 'done'`,
  'agents who still carry something': `select person_id, capacity_used from agent where capacity_used <> 0`,
}
