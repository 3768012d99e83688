import { parentPort } from 'node:worker_threads'
import { CryptoError } from '../crypto-error.ts'
import { destroyKey, importKey } from '../secret-key.ts'
import { cipherOperations } from './ciphers.ts'
import { hasSimd, startGostModule } from './gost-module.ts'
import type { BulkAnswer, BulkJob, BulkPiece, BulkRequest } from './bulk-job.ts'
import { pbkdf2 } from './pbkdf2.ts'

const module = startGostModule(hasSimd())
const modes = { kuznyechik: cipherOperations(module, 'kuznyechik').mgm, magma: cipherOperations(module, 'magma').mgm }

type Done = { kind: 'bytes'; bytes: Uint8Array } | { kind: 'pieces'; pieces: BulkPiece[] }

const doJob = (job: BulkJob): Done => {
  if (job.kind === 'pbkdf2') return { kind: 'bytes', bytes: pbkdf2(module, job) }
  const key = importKey(job.key)
  job.key.fill(0)
  try {
    return { kind: 'pieces', pieces: job.pieces.map((piece) => donePiece(job, key, piece)) }
  } finally {
    destroyKey(key)
  }
}

const donePiece = (
  { direction, cipher }: Extract<BulkJob, { kind: 'mgm' }>,
  key: ReturnType<typeof importKey>,
  { nonce, bound, text, tag }: BulkPiece,
): BulkPiece => {
  if (direction === 'open') return { nonce, bound, text: modes[cipher].open(key, { nonce, bound, sealed: { text, tag } }), tag }
  return { nonce, bound, ...modes[cipher].seal(key, { nonce, bound, text }) }
}

const answer = ({ id, job }: BulkRequest): BulkAnswer => {
  try {
    return { id, ...doJob(job) }
  } catch (error) {
    const code = error instanceof CryptoError ? error.code : 'provider_failed'
    return { id, kind: 'failed', code, detail: error instanceof Error ? error.message : String(error) }
  }
}

const moved = (done: BulkAnswer): ArrayBuffer[] => {
  if (done.kind === 'bytes') return [done.bytes.buffer as ArrayBuffer]
  return done.kind === 'pieces' ? done.pieces.map(({ text }) => text.buffer as ArrayBuffer) : []
}

parentPort?.on('message', (request: BulkRequest) => {
  const done = answer(request)
  parentPort?.postMessage(done, moved(done))
})
