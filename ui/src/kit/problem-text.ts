import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { ApiProblem } from '../api/problem.ts'

export interface ProblemText {
  title: string
  hint: string | null
  requestId: string | null
}

/** The words for a failure: `errors.<code>.title` and `.hint`; an unforeseen error is shown as the page's own fault. */
export function useProblemText(error: () => unknown): ComputedRef<ProblemText> {
  const words = useProblemWords()
  return computed(() => words(error()))
}

export function useProblemWords(): (error: unknown) => ProblemText {
  const { t, te } = useI18n()
  return (error) => {
    const problem = error instanceof ApiProblem ? error : null
    const code = problem && te(`errors.${problem.code}.title`) ? problem.code : problem ? 'internal' : 'page_fault'
    const seconds = problem?.retryAfterSeconds ?? 0
    const hintKey = seconds > 0 && te(`errors.${code}.wait`) ? `errors.${code}.wait` : `errors.${code}.hint`
    return {
      title: t(`errors.${code}.title`),
      hint: te(hintKey) ? t(hintKey, { seconds }, seconds) : null,
      requestId: problem?.requestId ?? null,
    }
  }
}
