/** A letter in one of the peer's two boxes: the customer's (what the centre has sent) or the centre's (what was sent to it). */
export interface PeerLetter {
  readonly box: 'client' | 'centre'
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly messageId: string
  readonly at: Date
}

const STYLE = `:root{color-scheme:light dark;--line:#d9dde3;--muted:#5c6672;--accent:#1f5fae;--raised:#fff;--surface:#f4f5f7;--text:#1c232b}
@media(prefers-color-scheme:dark){:root{--line:#333b45;--muted:#9aa5b1;--accent:#7fb0ea;--raised:#1c2229;--surface:#12161b;--text:#e4e8ed}}
*{box-sizing:border-box}body{margin:0;background:var(--surface);color:var(--text);font:14px/1.5 system-ui,sans-serif}
header{display:flex;gap:20px;align-items:baseline;padding:14px 24px;border-bottom:1px solid var(--line);background:var(--raised)}
h1{font-size:16px;margin:0}h2{font-size:13px;margin:0 0 10px;color:var(--muted);font-weight:600}a{color:var(--accent)}
main{display:grid;grid-template-columns:minmax(280px,360px) 1fr 1fr;gap:20px;padding:20px 24px;align-items:start}
form,article{background:var(--raised);border:1px solid var(--line);border-radius:6px;padding:14px}
form{display:grid;gap:8px;position:sticky;top:16px}label{display:grid;gap:3px;font-size:12px;color:var(--muted)}
input,textarea{font:inherit;color:inherit;background:var(--surface);border:1px solid var(--line);border-radius:4px;padding:6px 8px}
textarea{min-height:150px;resize:vertical}button{font:inherit;padding:7px 14px;border:0;border-radius:4px;background:#1f5fae;color:#fff;cursor:pointer}
article{margin-bottom:10px}article header{all:unset;display:block;margin-bottom:6px}article b{display:block}
article small{color:var(--muted)}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:0}p.empty{color:var(--muted)}
@media(max-width:900px){main{grid-template-columns:1fr}form{position:static}}`

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
  `<title>${title}</title><style>${STYLE}</style></head><body>${body}</body></html>`

/** Both boxes and a form to write as a customer; `replyTo` is the Message-ID of the letter that the form answers. */
export const boxesPage = (letters: readonly PeerLetter[], replyTo: string | null): string => {
  const answered = letters.find((letter) => letter.messageId === replyTo)
  const column = (box: PeerLetter['box'], title: string, empty: string): string => {
    const own = letters.filter((letter) => letter.box === box)
    return `<section><h2>${title}</h2>${own.map(article).join('') || `<p class="empty">${empty}</p>`}</section>`
  }
  return page(
    'Почта покупателя — демонстрация ОЦО',
    `<header><h1>Почта покупателя</h1><span>Письма отсюда приходят в центр, ответы центра — сюда.</span>
    <a href="/">Обновить</a> <a href="/shop">Страница магазина с чатом</a></header>
    <main>${form(answered)}
    ${column('client', 'Ответы центра', 'Ответов ещё нет.')}
    ${column('centre', 'Отправлено в центр', 'Напишите первое письмо слева.')}</main>`,
  )
}

const form = (answered: PeerLetter | undefined): string => `<form method="post" action="/send">
  <h2>${answered === undefined ? 'Новое письмо' : 'Ответ на письмо'}</h2>
  <label>От кого<input name="name" value="Покупатель" maxlength="100"></label>
  <label>Адрес<input name="from" type="email" value="${escape(answered === undefined ? 'client@client.demo' : addressIn(answered.to))}"></label>
  <label>Тема<input name="subject" required maxlength="300" value="${escape(answered === undefined ? '' : `Re: ${answered.subject}`)}"></label>
  <label>Письмо<textarea name="text" required></textarea></label>
  <input type="hidden" name="inReplyTo" value="${escape(answered?.messageId ?? '')}">
  <button>Отправить</button></form>`

const article = (letter: PeerLetter): string => `<article><header><b>${escape(letter.subject)}</b>
  <small>${escape(letter.from)} → ${escape(letter.to)}, ${letter.at.toLocaleTimeString('ru-RU')}</small></header>
  <pre>${escape(letter.text)}</pre>
  ${letter.box === 'client' ? `<p><a href="/?reply=${encodeURIComponent(letter.messageId)}">Ответить</a></p>` : ''}</article>`

/** A page of another origin on which the chat stands. */
export const shopPage = (chat: { scriptUrl: string; channelId: string } | null): string =>
  page(
    'Северный ветер — товары для дома и дороги',
    `<header><h1>Северный ветер</h1><span>товары для дома и дороги</span> <a href="/">Почта покупателя</a></header>
    <main><article><b>Рюкзак «Тропа 30»</b><p>Лёгкий, с чехлом от дождя. 4 990 ₽</p></article>
    <article><b>Лампа «Маяк»</b><p>Тёплый свет, три яркости. 2 350 ₽</p></article>
    <article><b>Чат поддержки</b><p>Кнопка в углу страницы: спросите о заказе, и вопрос придёт агенту.</p></article></main>
    ${chat === null ? '<p class="empty">Чат выключен.</p>' : `<script src="${escape(chat.scriptUrl)}" data-channel="${escape(chat.channelId)}" async></script>`}`,
  )

const addressIn = (text: string): string => /<([^>]+)>/.exec(text)?.[1] ?? text

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`)
