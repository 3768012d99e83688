import type { Problem, readWebchat, ResponseOf, SentTo, startWebchat } from '@oco/contract'
import type { ChatFile } from './thread-state.ts'

export type ChatConfig = ResponseOf<typeof readWebchat>
export type Form = SentTo<typeof startWebchat>['body']
export type Started = ResponseOf<typeof startWebchat>

export type Result<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'refused'; readonly code: string; readonly retryAfterSeconds: number | null }
  /** The network or the server is away: the same call may succeed later. */
  | { readonly kind: 'unreachable' }

export interface Credentials {
  readonly visitId: string
  readonly secret: string
}

export interface ChatApi {
  readonly socketUrl: string
  readConfig(): Promise<Result<ChatConfig>>
  start(form: Form): Promise<Result<Started>>
  upload(visit: Credentials, file: File): Promise<Result<ChatFile>>
  download(visit: Credentials, attachmentId: string): Promise<Result<Blob>>
}

/** No cookies go with any of these: the visit's secret travels in a header. */
export const chatApi = (base: string, channelId: string): ChatApi => {
  const root = `${base}/api/v1/webchat/${channelId}`

  const call = async <T>(path: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<Result<T>> => {
    try {
      const response = await fetch(root + path, { credentials: 'omit', referrerPolicy: 'no-referrer', ...init })
      if (response.ok) return { kind: 'ok', value: await read(response) }
      return await refusal(response)
    } catch {
      return { kind: 'unreachable' }
    }
  }
  // The contract's own answers: the server checks them against their schemas.
  const json = async <T>(response: Response): Promise<T> => (await response.json()) as T
  const authorized = ({ visitId, secret }: Credentials) => ({ authorization: `Visit ${visitId}.${secret}` })

  return {
    socketUrl: `${root.replace(/^http/, 'ws')}/socket`,
    readConfig: () => call('', {}, (response) => json<ChatConfig>(response)),
    start: (form) =>
      call(
        '/visits',
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(form) },
        (response) => json<Started>(response),
      ),
    upload: (visit, file) =>
      call(
        `/uploads?fileName=${encodeURIComponent(file.name.slice(-120) || 'file')}`,
        { method: 'POST', headers: { ...authorized(visit), 'content-type': 'application/octet-stream' }, body: file },
        (response) => json<ChatFile>(response),
      ),
    download: (visit, attachmentId) =>
      call(`/attachments/${attachmentId}`, { headers: authorized(visit) }, (response) => response.blob()),
  }
}

const refusal = async (response: Response): Promise<Result<never>> => {
  if (response.status >= 500) return { kind: 'unreachable' }
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>
  return { kind: 'refused', code: problem.code ?? 'internal', retryAfterSeconds: problem.retryAfterSeconds ?? null }
}
