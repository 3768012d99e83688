import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { StartFault } from '../kernel/start-fault.ts'
import { testLog } from '../../test/harness.ts'
import { embeddedBinaries, serverUser, SYSTEM_FOLDER } from './postgres-binaries.ts'
import { argumentsOf, initCluster, readPidFile } from './postgres-cluster.ts'
import { runServer, stopServer, type ServerPlan } from './postgres-process.ts'

describe('the process of the embedded server', () => {
  let parent: string
  let plan: ServerPlan

  before(async () => {
    parent = mkdtempSync(join(tmpdir(), 'oco-server-'))
    chmodSync(parent, 0o711)
    const folder = join(parent, 'cluster')
    const user = serverUser(folder)
    const binaries = embeddedBinaries(user, SYSTEM_FOLDER)
    await initCluster({ binaries, user, folder, password: 'secret', durable: false })
    const settings = { listen_addresses: '', unix_socket_directories: folder, fsync: 'off', shared_buffers: '16MB' }
    plan = { binaries, user, folder, settings, logFile: join(parent, 'log') }
  })
  afterEach(() => stopServer(plan, 'immediate'))
  after(() => {
    rmSync(parent, { recursive: true })
  })

  it('starts in a process group and a session of its own', async () => {
    const { pid, adopted } = await runServer(plan, testLog)
    assert.equal(adopted, false)
    // proc(5): after the name in brackets come state, parent, group and session.
    const [, , group, session] = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    assert.deepEqual([group, session], [String(pid), String(pid)])
  })

  it('is adopted by the next start with the same settings', async () => {
    const first = await runServer(plan, testLog)
    assert.deepEqual(await runServer(plan, testLog), { pid: first.pid, adopted: true })
  })

  it('is stopped and started anew when the settings have changed', async () => {
    const first = await runServer(plan, testLog)
    const second = await runServer({ ...plan, settings: { ...plan.settings, work_mem: '5MB' } }, testLog)
    assert.equal(second.adopted, false)
    assert.notEqual(second.pid, first.pid)
    assert.equal(readPidFile(plan.folder)?.pid, second.pid)
  })

  it('starts although its number of before belongs to another process now', async () => {
    const { pid } = await runServer(plan, testLog)
    const file = join(plan.folder, 'postmaster.pid')
    const left = readFileSync(file, 'utf8')
    const { uid, gid } = statSync(file)
    await stopServer(plan, 'fast')
    writeFileSync(file, left.replace(String(pid), String(process.pid)), { mode: 0o600 })
    chownSync(file, uid, gid)
    assert.equal((await runServer(plan, testLog)).adopted, false)
  })

  it('starts again after it was killed with its backends still there', async () => {
    const { pid } = await runServer(plan, testLog)
    process.kill(pid, 'SIGKILL')
    while (argumentsOf(pid).length > 0) await pause(5)
    const again = await runServer(plan, testLog)
    assert.equal(again.adopted, false)
    assert.notEqual(again.pid, pid)
  })

  it('says in one line why it does not start', async () => {
    const broken = { ...plan, settings: { ...plan.settings, shared_buffers: 'much' } }
    await assert.rejects(
      runServer(broken, testLog),
      (error: unknown) =>
        error instanceof StartFault &&
        error.code === 'database_start' &&
        /shared_buffers/.test(error.message) &&
        !error.message.includes('\n'),
    )
  })

  it('stops what is not running without a word', async () => {
    await stopServer(plan, 'fast')
    mkdirSync(join(parent, 'nothing'))
    await stopServer({ ...plan, folder: join(parent, 'nothing') }, 'fast')
  })
})
