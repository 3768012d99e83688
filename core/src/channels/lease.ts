import { randomUUID } from 'node:crypto'
import type { Clock } from '../kernel/clock.ts'
import { sql, type Database } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import { untilWoken } from '../platform/until-woken.ts'

/** A lost holder is replaced within this. */
export const LEASE_MS = 5_000
const RENEW_MS = 1_500
const RETRY_MS = 1_000

export interface Leases {
  /**
   * Runs `work` while this process holds `key`, again and again until `signal` aborts. The signal given to `work` aborts when the lease
   * is lost. Two processes never run it at once, as long as `work` ends within what is left of the lease once it is told.
   */
  under(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void>
}

export const createLeases = (options: { database: Database; clock: Clock; log: Log }): Leases => {
  const holder = randomUUID()

  /** The database's clock decides, so that the nodes' clocks need not agree. */
  const take = async (key: string): Promise<boolean> => {
    const { rows } = await sql`
      insert into lease as held (key, holder, expires_at)
      values (${key}, ${holder}, now() + ${LEASE_MS} * interval '1 millisecond')
      on conflict (key) do update set holder = excluded.holder, expires_at = excluded.expires_at
        where held.holder = excluded.holder or held.expires_at < now()
      returning key`.execute(options.database.read)
    return rows.length > 0
  }

  const release = async (key: string): Promise<void> => {
    await options.database.read.deleteFrom('lease').where('key', '=', key).where('holder', '=', holder).execute()
  }

  const hold = async (key: string, outer: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const own = new AbortController()
    const end = (): void => {
      own.abort()
    }
    outer.addEventListener('abort', end, { once: true })
    let renewedMs = options.clock.monotonicMs()
    const renew = setInterval(() => {
      take(key)
        .then((held) => {
          if (held) renewedMs = options.clock.monotonicMs()
          else own.abort()
        })
        .catch(() => {
          if (options.clock.monotonicMs() - renewedMs > LEASE_MS - RENEW_MS) own.abort()
        })
    }, RENEW_MS)
    try {
      await work(own.signal)
    } finally {
      clearInterval(renew)
      outer.removeEventListener('abort', end)
      await release(key).catch(() => undefined)
    }
  }

  return {
    async under(key, signal, work) {
      while (!signal.aborted) {
        const held = await take(key).catch(() => false)
        if (held) {
          await hold(key, signal, work).catch((error: unknown) => {
            options.log.error({ err: error, key }, 'work under a lease failed')
          })
        }
        await untilWoken({ signal, timeoutMs: RETRY_MS })
      }
    },
  }
}
