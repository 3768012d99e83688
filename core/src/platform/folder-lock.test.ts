import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartFault } from '../kernel/start-fault.ts'
import { lockFolder } from './folder-lock.ts'

const LOCK = new URL('folder-lock.ts', import.meta.url).href
const HOLDER = `import { lockFolder } from '${LOCK}'; await lockFolder(process.argv[1], process.pid); console.log('held'); setInterval(() => {}, 1e6)`

describe('the lock of a data folder', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oco-lock-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const inUse = (holder: number) => (error: unknown) =>
    error instanceof StartFault && error.code === 'folder_in_use' && error.message.includes(`process ${String(holder)}:`)

  it('is refused while another holds it, and names the holder', async () => {
    const lock = await lockFolder(folder, 4711)
    await assert.rejects(lockFolder(folder, 4712), inUse(4711))
    await lock.release()
    await (await lockFolder(folder, 4712)).release()
  })

  it('follows the folder when it is moved', async () => {
    const lock = await lockFolder(folder, 4711)
    const moved = `${folder}-moved`
    renameSync(folder, moved)
    await assert.rejects(lockFolder(moved, 4712), inUse(4711))
    await lock.release()
    rmSync(moved, { recursive: true })
  })

  it('is free as soon as its holder was killed', async () => {
    const holder = spawn(
      process.execPath,
      ['--import=tsx', '--conditions=oco-source', '--input-type=module', '-e', HOLDER, folder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    await once(holder.stdout, 'data')
    await assert.rejects(lockFolder(folder, 4712), inUse(holder.pid ?? 0))
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    await (await lockFolder(folder, 4712)).release()
  })
})
