import { computed, inject, type ComputedRef, type InjectionKey, type Ref } from 'vue'

export interface FieldContext {
  id: string
  error: Readonly<Ref<string | null | undefined>>
  hint: Readonly<Ref<string | null | undefined>>
  required: Readonly<Ref<boolean | undefined>>
}
export const FIELD: InjectionKey<FieldContext> = Symbol('field')

/** Attributes that tie a control to the Field around it; empty where it stands alone. */
export function useField(): ComputedRef<Record<string, string | undefined>> {
  const field = inject(FIELD, null)
  return computed(() => {
    if (!field) return {}
    const described = field.error.value ? `${field.id}-error` : field.hint.value ? `${field.id}-hint` : undefined
    return {
      id: field.id,
      'aria-describedby': described,
      'aria-invalid': field.error.value ? 'true' : undefined,
      'aria-required': field.required.value ? 'true' : undefined,
    }
  })
}
