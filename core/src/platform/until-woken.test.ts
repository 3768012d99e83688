import { untilWoken, type Wakeable } from './until-woken.ts'

/** Longer than a test may take: whoever waited for it would fail. */
const NEVER_MS = 3_600_000

describe('a pause', () => {
  it('ends with its time', () => untilWoken({ signal: new AbortController().signal, timeoutMs: 1 }))

  it('ends when the work ends, also where it had ended before', async () => {
    const end = new AbortController()
    const pause = untilWoken({ signal: end.signal, timeoutMs: NEVER_MS })
    end.abort()
    await pause
    await untilWoken({ signal: end.signal, timeoutMs: NEVER_MS })
  })

  it('ends when it is woken, also where that came before', async () => {
    const { signal } = new AbortController()
    const wakeable: Wakeable = { wake: () => undefined, woken: false }
    const pause = untilWoken({ signal, timeoutMs: NEVER_MS, wakeable })
    wakeable.wake()
    await pause
    await untilWoken({ signal, timeoutMs: NEVER_MS, wakeable: { wake: () => undefined, woken: true } })
  })
})
