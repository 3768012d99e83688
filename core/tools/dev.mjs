/**
 * `npm run dev`: core, started again at each change of its sources, and the page by vite, changed in place. Arguments go on to core:
 * `npm run dev -- --demo`. Data lies in .cache/dev unless OCO_DATA_DIR says otherwise. Ctrl-C ends both.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const TOP = fileURLToPath(new URL('../../', import.meta.url))
const PAGE_PORT = process.env['OCO_DEV_PORT'] ?? '5173'
const core = `http://${process.env['OCO_HOST'] ?? '127.0.0.1'}:${process.env['OCO_PORT'] ?? '8080'}`

const COMMANDS = {
  core: [
    'node_modules/tsx/dist/cli.mjs',
    'watch',
    '--clear-screen=false',
    '--conditions=oco-source',
    'core/src/main.ts',
    ...process.argv.slice(2),
  ],
  page: ['node_modules/vite/bin/vite.js', 'ui', '--host=127.0.0.1', `--port=${PAGE_PORT}`, '--strictPort', '--logLevel=warn'],
}

let ending = false

const run = (name) => {
  const child = spawn(process.execPath, COMMANDS[name], {
    cwd: TOP,
    // Out of the terminal's reach: a second signal makes tsx kill core before it has stopped.
    detached: true,
    stdio: ['ignore', name === 'core' ? 'pipe' : 'inherit', 'inherit'],
    env: { ...process.env, OCO_CORE: core, OCO_DATA_DIR: process.env['OCO_DATA_DIR'] ?? '.cache/dev' },
  })
  child.on('exit', (code) => {
    if (!ending && code !== 0) process.exitCode = 1
    end()
  })
  return child
}

/** Once, however often somebody asks. */
const end = () => {
  if (ending) return
  ending = true
  for (const child of children) child.kill('SIGTERM')
}

const children = [run('core'), run('page')]
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)

// Core says its address, the demo's logins and their password in one line of its own, at every start.
children[0].stdout.on('data', (text) => {
  process.stdout.write(text)
  if (String(text).includes(core)) process.stdout.write(`Page that reloads itself: http://127.0.0.1:${PAGE_PORT}\n`)
})
