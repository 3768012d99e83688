type Child = Node | string | null

interface Attributes {
  readonly class?: string
  readonly text?: string
  readonly on?: { readonly [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void }
  /** Any other attribute; null leaves it out. Never `style`, which a strict policy of the page forbids. */
  readonly [attribute: string]: unknown
}

/** Makes one element. No markup is ever parsed, so that pages with Trusted Types take the chat as well. */
export const element = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: className, text, on, ...attributes }: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag)
  if (className !== undefined) made.className = className
  if (text !== undefined) made.textContent = text
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value)
  for (const [type, act] of Object.entries(on ?? {})) made.addEventListener(type, act as EventListener)
  made.append(...children.filter((child) => child !== null))
  return made
}

/** true: present and empty; a text or a number: its value; anything else: absent. */
export const setAttribute = (target: Element, name: string, value: unknown): void => {
  const text = value === true ? '' : typeof value === 'number' ? `${value}` : value
  if (typeof text === 'string') target.setAttribute(name, text)
  else target.removeAttribute(name)
}

/** Writes only what differs, so that a screen reader does not hear the same again. */
export const setText = (target: Element, text: string): void => {
  if (target.textContent !== text) target.textContent = text
}
