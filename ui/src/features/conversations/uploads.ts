import type { AttachmentView } from '@oco/contract'
import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { call } from '../../api/client.ts'
import { ApiProblem } from '../../api/problem.ts'
import type { ChannelPlugin } from '../../channels/channel.ts'

/** A file on its way to the server, or one that did not get there. */
export interface Upload {
  id: number
  file: File
  /** Code of a failure; null while it is under way. */
  failure: string | null
}

export interface Uploads {
  pending: Readonly<ShallowRef<readonly Upload[]>>
  busy: ComputedRef<boolean>
  add(files: readonly File[]): void
  retry(upload: Upload): void
  drop(upload: Upload): void
}

const NAME_LENGTH_MAX = 120
let last = 0

/** `done` gathers what the server has; the limits are the channel's. */
export function useUploads(done: () => ShallowRef<readonly AttachmentView[]>, limits: () => ChannelPlugin['composer']): Uploads {
  const pending = shallowRef<readonly Upload[]>([])
  const change = (upload: Upload, failure: string | null): void => {
    pending.value = pending.value.map((one) => (one.id === upload.id ? { ...one, failure } : one))
  }

  async function send(upload: Upload): Promise<void> {
    const target = done()
    try {
      const body = await upload.file.arrayBuffer()
      const attachment = await call('uploadAttachment', { query: { fileName: shortName(upload.file.name) }, body })
      target.value = [...target.value, attachment]
      drop(upload)
    } catch (error) {
      change(upload, error instanceof ApiProblem ? error.code : 'page_fault')
    }
  }

  function drop(upload: Upload): void {
    pending.value = pending.value.filter(({ id }) => id !== upload.id)
  }

  return {
    pending,
    busy: computed(() => pending.value.some(({ failure }) => failure === null)),
    add(files) {
      const room = limits().attachmentsMax - done().value.length - pending.value.length
      for (const file of files.slice(0, Math.max(0, room))) {
        const tooLarge = file.size > limits().attachmentSizeBytesMax
        const upload = { id: ++last, file, failure: tooLarge ? 'body_too_large' : null }
        pending.value = [...pending.value, upload]
        if (!tooLarge) void send(upload)
      }
    },
    retry(upload) {
      change(upload, null)
      void send(upload)
    },
    drop,
  }
}

/** The ending says what a file is, so it stays whole. */
function shortName(name: string): string {
  if (name.length <= NAME_LENGTH_MAX) return name || 'file'
  const ending = /\.[^.]{1,10}$/.exec(name)?.[0] ?? ''
  return name.slice(0, NAME_LENGTH_MAX - ending.length) + ending
}
