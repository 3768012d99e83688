import { sql, type Db, type Tx } from '../platform/db.ts'

export interface Named {
  readonly id: string
  readonly name: string
}

export const listSkills = (db: Db): Promise<Named[]> => db.selectFrom('skill').select(['id', 'name']).orderBy('name').execute()

export const skillExists = async (db: Db, id: string): Promise<boolean> =>
  (await db.selectFrom('skill').select('id').where('id', '=', id).executeTakeFirst()) !== undefined

/** Throws the server's `skill_name_unique`. */
export const insertSkill = async (tx: Tx, skill: Named & { demo: boolean }): Promise<void> => {
  await tx.insertInto('skill').values(skill).execute()
}

/** Locked until the transaction ends: nothing can begin to need it meanwhile. False for an unknown id. */
export const lockSkill = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.selectFrom('skill').select('id').where('id', '=', id).forUpdate().executeTakeFirst()) !== undefined

export const isSkillNeeded = async (tx: Tx, id: string): Promise<boolean> => {
  const { rows } = await sql<{ needed: boolean }>`select exists (select from queue where skill_id = ${id})
    or exists (select from work_item where skill_id = ${id} and state <> 'resolved') as needed`.execute(tx)
  return rows[0]?.needed === true
}

/** Items that are done forget it; people lose it. */
export const deleteSkill = async (tx: Tx, id: string): Promise<void> => {
  await tx.updateTable('work_item').set({ skill_id: null }).where('skill_id', '=', id).where('state', '=', 'resolved').execute()
  await tx.deleteFrom('skill').where('id', '=', id).execute()
}
