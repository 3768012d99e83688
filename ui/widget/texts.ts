/** Every word of the chat. Russian first; a second language must say the same, or it does not compile. */
const ru = {
  openChat: 'Открыть чат',
  closeChat: 'Свернуть чат',
  unread: (count: number) => `Непрочитанных сообщений: ${count}`,
  agentsOnline: 'Операторы на связи',
  agentsAway: 'Сейчас никого нет, ответим позже',
  offline: 'Нет связи. Сообщения уйдут, как только она появится',
  formIntro: 'Представьтесь, пожалуйста, чтобы мы знали, как к вам обращаться',
  name: 'Имя',
  email: 'Электронная почта',
  optional: 'необязательно',
  emailHint: 'Пришлём ответ на почту, если вы закроете страницу',
  start: 'Начать чат',
  starting: 'Начинаем…',
  nameNeeded: 'Укажите имя',
  emailNeeded: 'Укажите адрес почты',
  emailWrong: 'Проверьте адрес почты',
  consentNeeded: 'Без согласия начать чат нельзя',
  consentChanged: 'Текст согласия изменился. Прочитайте его ещё раз',
  cannotStart: 'Не получилось начать чат. Попробуйте ещё раз чуть позже',
  tooOften: (seconds: number) =>
    `Слишком много попыток. Подождите ${waiting(seconds, ['секунду', 'секунды', 'секунд'], ['минуту', 'минуты', 'минут'])}`,
  unreachable: 'Нет связи с сервером. Попробуйте ещё раз',
  message: 'Сообщение',
  placeholder: 'Напишите сообщение',
  send: 'Отправить',
  attach: 'Прикрепить файл',
  dropHere: 'Отпустите, чтобы прикрепить',
  removeFile: (name: string) => `Убрать файл ${name}`,
  uploading: 'загружается',
  uploadFailed: 'не загрузился',
  fileTooLarge: (limit: string) => `Файл больше ${limit}`,
  tooManyFiles: (count: number) => `Не больше ${count} файлов в одном сообщении`,
  download: (name: string) => `Скачать ${name}`,
  conversation: 'Переписка',
  you: 'Вы',
  support: 'Поддержка',
  waiting: 'Отправляется',
  stored: 'Доставлено',
  refused: 'Не отправлено',
  discard: 'Убрать',
  typing: (author: string) => `${author} печатает`,
  said: (author: string, text: string) => `${author}: ${text}`,
  newBelow: 'Новые сообщения',
  today: 'Сегодня',
  yesterday: 'Вчера',
  transcript: 'Получить переписку на почту',
  transcriptSend: 'Прислать',
  transcriptSending: 'Отправляем…',
  transcriptQueued: (email: string) => `Переписка отправлена на ${email}`,
  transcriptRefused: 'Не получилось отправить. Попробуйте позже',
  transcriptTooOften: 'Переписку уже отправляли. Попробуйте позже',
  cancel: 'Отмена',
  loading: 'Загружаем переписку',
}
export type Texts = typeof ru

const en: Texts = {
  openChat: 'Open chat',
  closeChat: 'Minimise chat',
  unread: (count) => `Unread messages: ${count}`,
  agentsOnline: 'We are online',
  agentsAway: 'Nobody is here now, we will answer later',
  offline: 'No connection. Your messages will go out once it is back',
  formIntro: 'Please introduce yourself, so that we know how to address you',
  name: 'Name',
  email: 'E-mail',
  optional: 'optional',
  emailHint: 'The answer will come by e-mail if you close the page',
  start: 'Start chat',
  starting: 'Starting…',
  nameNeeded: 'Please enter your name',
  emailNeeded: 'Please enter your e-mail',
  emailWrong: 'Please check the e-mail address',
  consentNeeded: 'The chat cannot start without your consent',
  consentChanged: 'The consent text has changed. Please read it again',
  cannotStart: 'The chat could not be started. Please try again a little later',
  tooOften: (seconds) =>
    `Too many attempts. Please wait ${waiting(seconds, ['second', 'seconds', 'seconds'], ['minute', 'minutes', 'minutes'])}`,
  unreachable: 'The server cannot be reached. Please try again',
  message: 'Message',
  placeholder: 'Write a message',
  send: 'Send',
  attach: 'Attach a file',
  dropHere: 'Drop to attach',
  removeFile: (name) => `Remove the file ${name}`,
  uploading: 'uploading',
  uploadFailed: 'upload failed',
  fileTooLarge: (limit) => `The file is larger than ${limit}`,
  tooManyFiles: (count) => `At most ${count} files in one message`,
  download: (name) => `Download ${name}`,
  conversation: 'Conversation',
  you: 'You',
  support: 'Support',
  waiting: 'Sending',
  stored: 'Delivered',
  refused: 'Not sent',
  discard: 'Remove',
  typing: (author) => `${author} is typing`,
  said: (author, text) => `${author}: ${text}`,
  newBelow: 'New messages',
  today: 'Today',
  yesterday: 'Yesterday',
  transcript: 'Get this conversation by e-mail',
  transcriptSend: 'Send',
  transcriptSending: 'Sending…',
  transcriptQueued: (email) => `The conversation was sent to ${email}`,
  transcriptRefused: 'It could not be sent. Please try later',
  transcriptTooOften: 'It was sent already. Please try later',
  cancel: 'Cancel',
  loading: 'Loading the conversation',
}

/** one, few, many: as both languages count. */
type Forms = readonly [string, string, string]

const waiting = (seconds: number, ofSeconds: Forms, ofMinutes: Forms): string =>
  seconds < 60 ? counted(seconds, ofSeconds) : counted(Math.ceil(seconds / 60), ofMinutes)

const counted = (count: number, [one, few, many]: Forms): string => {
  const tens = count % 100
  const units = count % 10
  if (tens > 10 && tens < 20) return `${count} ${many}`
  if (units === 1) return `${count} ${one}`
  return `${count} ${units > 1 && units < 5 ? few : many}`
}

export type Language = 'ru' | 'en'
export const textsOf = (language: Language): Texts => (language === 'en' ? en : ru)
