import type { ChatApi, ChatConfig, Result } from './api.ts'
import { ChatClient } from './chat-client.ts'
import css from './chat.css?inline'
import { browserClock } from './clock.ts'
import { createComposerView, type ComposerView } from './composer-view.ts'
import { element, setText } from './element.ts'
import type { Embed } from './embed.ts'
import { createFormView, type FormView } from './form-view.ts'
import { createLauncher } from './launcher.ts'
import { createPanel } from './panel.ts'
import { textsOf } from './texts.ts'
import { createThreadView, type ThreadView } from './thread-view.ts'
import { createTranscriptView } from './transcript-view.ts'
import type { StoredVisit, VisitStorage } from './visit-storage.ts'

/** A visit in which nothing was said for so long opens no line by itself: the visitor opens the chat when it is wanted. */
const CONNECTS_BY_ITSELF_MS = 14 * 24 * 3_600_000

export interface WidgetOptions {
  readonly embed: Embed
  readonly api: ChatApi
  readonly storage: VisitStorage
  readonly config: ChatConfig
}

type Content =
  | { readonly kind: 'form'; readonly view: FormView }
  | { readonly kind: 'chat'; readonly thread: ThreadView; readonly composer: ComposerView }

/** Puts the chat on the page, in a shadow root of its own: neither the page's styles nor the chat's reach the other. */
export class Widget {
  readonly #options: WidgetOptions
  readonly #texts
  readonly #language
  #config: ChatConfig
  readonly #client: ChatClient
  readonly #launcher
  readonly #panel
  readonly #transcript
  /** Read aloud: what others say while the chat is open. */
  readonly #spoken = element('div', { class: 'unseen', 'aria-live': 'polite' })
  #content: Content | null = null
  #spokenSequence: number

  constructor(options: WidgetOptions) {
    this.#options = options
    this.#config = options.config
    this.#language = options.embed.language ?? options.config.locale
    this.#texts = textsOf(this.#language)
    this.#spokenSequence = options.storage.readSeen()
    this.#client = new ChatClient({
      socketUrl: options.api.socketUrl,
      storage: options.storage,
      clock: browserClock,
      onChange: () => this.#update(),
      onVisitLost: () => this.#showForm(null),
    })
    this.#launcher = createLauncher({ texts: this.#texts, onToggle: () => (this.#panel.isOpen ? this.#close() : this.#open()) })
    this.#transcript = createTranscriptView({
      texts: this.#texts,
      ask: (email) => this.#client.askTranscript(email),
      onClosed: () => this.#client.forgetTranscript(),
    })
    this.#panel = createPanel({
      config: this.#config,
      texts: this.#texts,
      transcript: this.#transcript,
      onTranscript: () => this.#transcript.open(this.#client.visit?.email ?? null),
      onClose: () => this.#close(),
      onFiles: (files) => {
        if (this.#content?.kind === 'chat') this.#content.composer.addFiles(files)
      },
    })
  }

  mount(): void {
    const { embed, storage } = this.#options
    const host = element('div', { id: 'oco-chat', lang: this.#language })
    const root = host.attachShadow({ mode: 'open' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    root.adoptedStyleSheets = [sheet]
    root.append(element('div', { class: `widget ${embed.side}` }, this.#panel.root, this.#launcher.root, this.#spoken))
    followTheme(host, embed.theme)
    document.body.append(host)
    this.#listen()
    const visit = storage.readVisit()
    if (visit === null) this.#showForm(null)
    else this.#showChat(visit, browserClock.nowMs() - visit.activeAtMs < CONNECTS_BY_ITSELF_MS)
    this.#update()
  }

  #listen(): void {
    const { storage } = this.#options
    window.addEventListener('online', () => this.#client.wakeUp())
    window.addEventListener('offline', () => this.#client.sleep())
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'visible') return
      this.#client.wakeUp()
      this.#update()
    })
    storage.onForeignChange(() => {
      const visit = storage.readVisit()
      if (visit !== null && this.#client.visit === null) this.#showChat(visit, true)
      this.#client.refresh()
    })
  }

  #open(): void {
    this.#panel.open()
    const visit = this.#options.storage.readVisit()
    if (visit !== null && this.#client.visit === null) this.#client.begin(visit)
    this.#update()
    if (this.#content?.kind === 'chat') this.#content.thread.toEnd()
    // A field in focus would bring up the keyboard of a phone before anybody has read anything.
    if (window.matchMedia('(pointer: coarse)').matches) this.#panel.root.focus()
    else if (this.#content?.kind === 'chat') this.#content.composer.focus()
    else this.#content?.view.focus()
  }

  #close(): void {
    this.#panel.close()
    this.#update()
    this.#launcher.focus()
  }

  #showForm(notice: string | null): void {
    const view = createFormView({
      config: this.#config,
      texts: this.#texts,
      // Without what follows the path: it may hold what is nobody else's business.
      pageUrl: (location.origin + location.pathname).slice(0, 2_000),
      start: (form) => this.#options.api.start(form),
      onStarted: ({ visitId, secret }, form) => {
        const visit = { visitId, secret, name: form.name, email: form.email ?? null, activeAtMs: browserClock.nowMs() }
        this.#options.storage.writeVisit(visit)
        this.#showChat(visit, true)
        if (this.#content?.kind === 'chat') this.#content.composer.focus()
      },
      onConsentChanged: () => void this.#readConfigAgain(),
      notice,
    })
    this.#content = { kind: 'form', view }
    this.#panel.show([view.root])
    this.#update()
  }

  async #readConfigAgain(): Promise<void> {
    const result = await this.#options.api.readConfig()
    if (result.kind === 'ok') this.#config = result.value
    this.#showForm(this.#texts.consentChanged)
  }

  #showChat(visit: StoredVisit, connect: boolean): void {
    const { api } = this.#options
    const shared = { texts: this.#texts, language: this.#language }
    const credentials = { visitId: visit.visitId, secret: visit.secret }
    const thread = createThreadView({
      ...shared,
      greeting: this.#config.greeting,
      clock: browserClock,
      download: (id): Promise<Result<Blob>> => api.download(credentials, id),
      onDiscard: (clientKey) => this.#client.discard(clientKey),
    })
    const composer = createComposerView({
      ...shared,
      sizeBytesMax: this.#config.maxAttachmentBytes,
      upload: (file) => api.upload(credentials, file),
      onSend: (text, files) => this.#client.send(text, files),
      onTyping: () => this.#client.typing(),
    })
    this.#content = { kind: 'chat', thread, composer }
    this.#panel.show([thread.root, composer.root])
    if (connect) this.#client.begin(visit)
  }

  /** Everything on the screen follows from the client's view alone. */
  #update(): void {
    const { view } = this.#client
    const open = this.#panel.isOpen
    if (this.#content?.kind === 'chat') this.#content.thread.update(view)
    this.#panel.update(view, this.#content?.kind === 'chat')
    if (open && document.visibilityState === 'visible') {
      this.#speak()
      this.#client.markSeen()
    }
    this.#launcher.update({ open, unread: this.#client.view.unread })
  }

  #speak(): void {
    const { thread, loaded } = this.#client.view
    const fresh = thread.messages.filter(({ from, sequence }) => from !== 'visitor' && sequence > this.#spokenSequence)
    const last = fresh.at(-1)
    if (last === undefined || !loaded) return
    this.#spokenSequence = last.sequence
    setText(this.#spoken, fresh.map(({ author, text }) => this.#texts.said(author || this.#texts.support, text)).join('\n'))
  }
}

/** The visitor's own preference, unless the page has named one. */
const followTheme = (host: HTMLElement, theme: Embed['theme']): void => {
  const dark = window.matchMedia('(prefers-color-scheme: dark)')
  const apply = (): void => {
    host.dataset['theme'] = theme ?? (dark.matches ? 'dark' : 'light')
  }
  dark.addEventListener('change', apply)
  apply()
}
