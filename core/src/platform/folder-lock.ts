import { statSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { StartFault } from '../kernel/start-fault.ts'

const ANSWER_WAIT_MS = 1_000

export interface FolderLock {
  release(): Promise<void>
}

/**
 * Keeps a second process of this machine off the same data folder. The lock is a listening socket in Linux's abstract namespace, so
 * that the kernel frees it with the process, even after kill -9, and nothing stale is ever left. It is bound to the folder itself,
 * not to its path. Processes in another network namespace (containers) do not see it.
 */
export const lockFolder = async (folder: string, processId: number): Promise<FolderLock> => {
  const { dev, ino } = statSync(folder)
  const path = `\0oco-data-${String(dev)}-${String(ino)}`
  const server = createServer((socket) => socket.on('error', () => undefined).end(String(processId)))
  if (!(await listens(server, path))) {
    const holder = await askHolder(path)
    throw new StartFault(
      'folder_in_use',
      `the data folder ${folder} is in use by process ${holder}: stop it, or set OCO_DATA_DIR`,
    )
  }
  server.unref()
  return {
    release: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

const listens = (server: Server, path: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen({ path }, () => resolve(true))
  })

const askHolder = (path: string): Promise<string> =>
  new Promise((resolve) => {
    let said = ''
    const socket = connect({ path, timeout: ANSWER_WAIT_MS })
    const end = (): void => {
      socket.destroy()
      resolve(/^\d+$/.test(said) ? said : 'unknown')
    }
    socket.on('data', (bytes) => {
      said = `${said}${bytes.toString('latin1')}`.slice(0, 20)
    })
    for (const event of ['end', 'timeout', 'error'] as const) socket.on(event, end)
  })
