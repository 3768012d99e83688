import { chatApi } from './api.ts'
import { backoffMs } from './backoff.ts'
import { browserClock } from './clock.ts'
import { embedOf, type Embed } from './embed.ts'
import { visitStorage } from './visit-storage.ts'
import { Widget } from './widget.ts'

const TRIES_MAX = 6
const PAUSE_FACTOR = 4

/** The chat appears once its server has said that this page may have it; until then, and otherwise, nothing changes on the page. */
const boot = async (embed: Embed): Promise<void> => {
  const api = chatApi(embed.base, embed.channelId)
  for (let failures = 0; failures < TRIES_MAX; failures++) {
    const result = await api.readConfig()
    if (result.kind === 'ok') {
      new Widget({ embed, api, storage: visitStorage(embed.channelId, window), config: result.value }).mount()
      return
    }
    if (result.kind === 'refused' && result.code !== 'rate_limited') return
    await new Promise((resolve) => window.setTimeout(resolve, PAUSE_FACTOR * backoffMs(failures, browserClock.random())))
  }
}

const start = (): void => {
  if (embed !== null && document.getElementById('oco-chat') === null) void boot(embed)
}

// Known only while the script itself runs.
const embed = embedOf(document.currentScript instanceof HTMLScriptElement ? document.currentScript : null)
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start)
else start()
