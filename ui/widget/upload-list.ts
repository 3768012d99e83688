import type { Result } from './api.ts'
import { element, setText } from './element.ts'
import { formatSize } from './format.ts'
import { icon } from './icons.ts'
import type { Language, Texts } from './texts.ts'
import type { ChatFile } from './thread-state.ts'

/** As many as one message takes. */
export const FILES_MAX = 5

export interface UploadList {
  readonly root: HTMLElement
  add(files: Iterable<File>): void
  /** The files that are ready, and forgets them. */
  take(): ChatFile[]
  readonly count: number
  readonly busy: boolean
}

interface UploadOptions {
  readonly texts: Texts
  readonly language: Language
  readonly sizeBytesMax: number
  readonly upload: (file: File) => Promise<Result<ChatFile>>
  readonly onChange: () => void
  /** Said to the visitor: why a file was not taken. */
  readonly onFault: (text: string) => void
}

interface Entry {
  readonly row: HTMLElement
  stored: ChatFile | null
  failed: boolean
}

/** Files that wait for the message: sent to the server at once, so that the message itself leaves without delay. */
export const createUploadList = (options: UploadOptions): UploadList => {
  const { texts, language } = options
  const entries = new Set<Entry>()
  const root = element('ul', { class: 'uploads', hidden: true })

  const changed = (): void => {
    root.hidden = entries.size === 0
    options.onChange()
  }

  const remove = (entry: Entry): void => {
    entries.delete(entry)
    entry.row.remove()
    changed()
  }

  const addOne = async (file: File): Promise<void> => {
    const status = element('span', { class: 'file-size', text: texts.uploading })
    const row = element(
      'li',
      { class: 'upload' },
      icon('file'),
      element('span', { class: 'file-words' }, element('span', { class: 'file-name', text: file.name }), status),
      element(
        'button',
        { class: 'tool small', type: 'button', 'aria-label': texts.removeFile(file.name), on: { click: () => remove(entry) } },
        icon('close'),
      ),
    )
    const entry: Entry = { row, stored: null, failed: false }
    entries.add(entry)
    root.append(row)
    changed()
    const result = await options.upload(file)
    if (result.kind === 'ok') {
      entry.stored = result.value
      setText(status, formatSize(result.value.sizeBytes, language))
    } else {
      entry.failed = true
      row.classList.add('failed')
      setText(status, texts.uploadFailed)
    }
    changed()
  }

  return {
    root,
    add(files) {
      for (const file of files) {
        if (file.size > options.sizeBytesMax) options.onFault(texts.fileTooLarge(formatSize(options.sizeBytesMax, language)))
        else if (entries.size >= FILES_MAX) options.onFault(texts.tooManyFiles(FILES_MAX))
        else void addOne(file)
      }
    },
    take() {
      const ready = [...entries].filter(({ stored }) => stored !== null)
      for (const entry of entries) entry.row.remove()
      entries.clear()
      changed()
      return ready.map(({ stored }) => stored).filter((file) => file !== null)
    },
    get count() {
      return [...entries].filter(({ stored }) => stored !== null).length
    },
    get busy() {
      return [...entries].some(({ stored, failed }) => stored === null && !failed)
    },
  }
}
