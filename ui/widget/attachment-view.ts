import type { Result } from './api.ts'
import { element } from './element.ts'
import { formatSize } from './format.ts'
import { icon } from './icons.ts'
import type { Language, Texts } from './texts.ts'
import type { ChatFile } from './thread-state.ts'

/** Pictures are shown small, drawn on a canvas: a page's policy may forbid `blob:` pictures, but no drawing. */
const SHOWN_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
const PICTURE_BYTES_MAX = 8 * 1024 * 1024
const PICTURE_WIDTH = 232
const PICTURE_HEIGHT = 180
const URL_KEPT_MS = 60_000

export interface AttachmentOptions {
  readonly texts: Texts
  readonly language: Language
  readonly download: (attachmentId: string) => Promise<Result<Blob>>
  /** A picture that appears makes the thread longer. */
  readonly onGrown: () => void
}

export const attachmentView = (file: ChatFile, options: AttachmentOptions): HTMLElement => {
  const { texts, language } = options
  const button = element(
    'button',
    { class: 'file', type: 'button', 'aria-label': texts.download(file.fileName), on: { click: () => void save(file, options) } },
    icon('file'),
    element(
      'span',
      { class: 'file-words' },
      element('span', { class: 'file-name', text: file.fileName }),
      element('span', { class: 'file-size', text: formatSize(file.sizeBytes, language) }),
    ),
  )
  if (SHOWN_TYPES.has(file.mediaType) && file.sizeBytes <= PICTURE_BYTES_MAX) void draw(file, button, options)
  return button
}

/** Saved, never opened: a file of a stranger must not run as a page of this site. */
const save = async (file: ChatFile, { download }: AttachmentOptions): Promise<void> => {
  const result = await download(file.id)
  if (result.kind !== 'ok') return
  const href = URL.createObjectURL(new Blob([result.value], { type: 'application/octet-stream' }))
  element('a', { href, download: file.fileName }).click()
  window.setTimeout(() => URL.revokeObjectURL(href), URL_KEPT_MS)
}

const draw = async (file: ChatFile, button: HTMLElement, { download, onGrown }: AttachmentOptions): Promise<void> => {
  const result = await download(file.id)
  if (result.kind !== 'ok') return
  const bitmap = await createImageBitmap(result.value).catch(() => null)
  if (bitmap === null) return
  const scale = Math.min(1, PICTURE_WIDTH / bitmap.width, PICTURE_HEIGHT / bitmap.height)
  const canvas = element('canvas', { class: 'picture', role: 'img', 'aria-label': file.fileName })
  const sharp = window.devicePixelRatio
  canvas.width = Math.max(1, Math.round(bitmap.width * Math.min(1, scale * sharp)))
  canvas.height = Math.max(1, Math.round(bitmap.height * Math.min(1, scale * sharp)))
  canvas.style.width = `${Math.max(1, Math.round(bitmap.width * scale))}px`
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  button.classList.add('with-picture')
  button.prepend(canvas)
  onGrown()
}
