import { CompiledQuery } from 'kysely'
import type { Db } from '../platform/db.ts'
import type { PoolAgent } from './agent-pool.ts'

const POOL = `select agent.person_id as "personId", state, capacity_limit as "capacityLimit", capacity_used as "capacityUsed",
    idle_since as "idleSince", version, queue_ids as "queueIds", coalesce(skill_ids, '{}') as "skillIds"
  from agent
  join (select person_id, array_agg(queue_id) as queue_ids from queue_member group by person_id) as member
    on member.person_id = agent.person_id
  left join (select person_id, array_agg(skill_id) as skill_ids from person_skill group by person_id) as skilled
    on skilled.person_id = agent.person_id`

/** Everybody who serves a queue, as they are now. */
export const readPool = async (db: Db): Promise<PoolAgent[]> => {
  const { rows } = await db.executeQuery<PoolAgent>(CompiledQuery.raw(POOL, []))
  return rows
}
