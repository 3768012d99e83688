import type { AttachmentView, ConversationView } from '@oco/contract'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { call } from '../../api/client.ts'
import { line } from '../../api/live.ts'
import { ApiProblem } from '../../api/problem.ts'
import { queryClient } from '../../api/queries.ts'
import { keys } from '../../api/query-keys.ts'
import { session } from '../../api/session.ts'
import { createBrowserStore } from './browser-store.ts'

export interface DraftContent {
  text: string
  html: string | null
}
export type DraftKind = 'reply' | 'note'
/** kept: in this browser alone until the line is back. */
export type DraftState = 'empty' | 'saved' | 'saving' | 'kept'

export interface Draft {
  content: Readonly<ShallowRef<DraftContent>>
  uploads: ShallowRef<readonly AttachmentView[]>
  state: ComputedRef<DraftState>
  write(content: DraftContent): void
  /** After sending: the server removes its copy itself. */
  forget(): void
}

interface StoredDraft extends DraftContent {
  uploads: readonly AttachmentView[]
}

const SAVE_AFTER_MS = 1_000
const EMPTY: DraftContent = { text: '', html: null }

/**
 * An unfinished text: written to the browser at every change and to the server a second later. The browser's copy goes as soon as the
 * server has the same, so that no customer's words stay on the workstation longer than they must.
 */
export function useDraft(conversationId: string, kind: DraftKind, fromServer: DraftContent | null): Draft {
  const store = createBrowserStore(localStorage)
  const place = `oco.draft.${session.value?.person.id ?? ''}.${conversationId}.${kind}`
  const local = store.read(place) as StoredDraft | null
  const content = shallowRef<DraftContent>(local ?? fromServer ?? EMPTY)
  const uploads = shallowRef<readonly AttachmentView[]>(local?.uploads ?? [])
  const dirty = ref(local !== null && !same(local, fromServer ?? EMPTY))
  const saving = ref(false)
  const lost = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  function keep(): void {
    if (!dirty.value && uploads.value.length === 0) store.remove(place)
    else store.write(place, { ...content.value, uploads: uploads.value } satisfies StoredDraft)
  }

  async function save(): Promise<void> {
    clearTimeout(timer)
    if (!dirty.value || saving.value) return
    const sent = content.value
    saving.value = true
    try {
      const draft = await call('saveDraft', { params: { id: conversationId, kind }, body: { text: sent.text, html: sent.html } })
      rememberDraft(conversationId, draft)
      lost.value = false
      if (content.value === sent) dirty.value = false
    } catch (error) {
      lost.value = error instanceof ApiProblem
    }
    saving.value = false
    keep()
    if (dirty.value && !lost.value) timer = setTimeout(() => void save(), SAVE_AFTER_MS)
  }

  watch(uploads, keep)
  watch(line, (now) => now === 'open' && void save())
  onScopeDispose(() => void save())
  if (dirty.value) void save()

  return {
    content,
    uploads,
    state: computed(() => {
      if (dirty.value) return lost.value ? 'kept' : 'saving'
      return content.value.text === '' ? 'empty' : 'saved'
    }),
    write(next) {
      if (same(next, content.value)) return
      content.value = next
      dirty.value = true
      keep()
      clearTimeout(timer)
      timer = setTimeout(() => void save(), SAVE_AFTER_MS)
    },
    forget() {
      clearTimeout(timer)
      content.value = EMPTY
      uploads.value = []
      dirty.value = false
      lost.value = false
      keep()
      rememberDraft(conversationId, { kind, text: '', html: null, version: 0 })
    },
  }
}

const same = (a: DraftContent, b: DraftContent): boolean => a.text === b.text && a.html === b.html

/** Keeps the page's copy of the conversation in step, so that coming back to it shows the newest text. */
function rememberDraft(conversationId: string, draft: ConversationView['drafts'][number]): void {
  queryClient.setQueryData<ConversationView>(keys.conversation(conversationId), (view) => {
    if (!view) return view
    const others = view.drafts.filter(({ kind }) => kind !== draft.kind)
    return { ...view, drafts: draft.text === '' ? others : [...others, draft] }
  })
}
