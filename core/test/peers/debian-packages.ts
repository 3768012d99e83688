import { spawn } from 'node:child_process'
import { access, rm, writeFile } from 'node:fs/promises'
import type { Context } from 'mocha'

/** A program that a test needs, and the Debian package that brings it. */
export interface NeededProgram {
  readonly path: string
  readonly package: string
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Debian starts a server when it installs one; this file, where it stands, forbids it (policy-rc.d, Debian Policy 9.3.3). */
const START_POLICY = '/usr/sbin/policy-rc.d'
const APT_ENVIRONMENT = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }

const run = (command: string, args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: APT_ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe'] })
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2_000)))
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${command} ${args.join(' ')} ended with ${String(code)}: ${complaint}`))
    })
  })

const install = async (packages: readonly string[]): Promise<void> => {
  console.log(`installing Debian packages for the tests: ${packages.join(' ')}`)
  const ownPolicy = !(await exists(START_POLICY))
  if (ownPolicy) await writeFile(START_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    const patience = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3']
    await run('apt-get', [...patience, 'update'])
    await run('apt-get', [...patience, 'install', '--yes', '--no-install-recommends', ...packages])
  } finally {
    if (ownPolicy) await rm(START_POLICY, { force: true })
  }
}

const missingOf = async (programs: readonly NeededProgram[]): Promise<readonly NeededProgram[]> => {
  const found = await Promise.all(programs.map(({ path }) => exists(path)))
  return programs.filter((_, index) => found[index] !== true)
}

/**
 * Sees to it that these programs are there, installing their packages where we are root on Debian.
 * Null: they are there. A text: why not. With CI=true it throws instead.
 */
export const withoutPrograms = async (programs: readonly NeededProgram[]): Promise<string | null> => {
  let missing = await missingOf(programs)
  if (missing.length === 0) return null
  let reason = 'this is not root on Debian'
  if (process.getuid?.() === 0 && (await exists('/etc/debian_version'))) {
    reason = await install([...new Set(missing.map((program) => program.package))]).then(
      () => 'the packages did not bring them',
      (error: unknown) => String(error),
    )
    missing = await missingOf(programs)
    if (missing.length === 0) return null
  }
  const text = `missing ${missing.map(({ path }) => path).join(', ')} (Debian: ${missing.map((m) => m.package).join(' ')}): ${reason}`
  if (process.env['CI'] === 'true') throw new Error(text)
  return text
}

/** Skips out loud; with CI=true a missing server is a failure. */
export const skipAloud = (context: Context, reason: string): never => {
  if (process.env['CI'] === 'true') throw new Error(reason)
  console.log(`SKIPPED: ${reason}`)
  return context.skip()
}

/** In a `before` hook: skips the whole suite out loud where a program cannot be had. */
export const needPrograms = async (suite: Context, programs: readonly NeededProgram[]): Promise<void> => {
  suite.timeout(600_000)
  const reason = await withoutPrograms(programs)
  if (reason !== null) skipAloud(suite, reason)
}

/** Postfix gives its parts users of their own, which only root can. */
export const needRoot = (context: Context): void => {
  if (process.getuid?.() !== 0) skipAloud(context, 'Postfix runs as root only')
}
