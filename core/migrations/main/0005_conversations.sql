-- Channels, contacts, conversations and what is said in them.

create table channel (
  id uuid primary key,
  kind text not null,
  name text not null,
  enabled boolean not null default true,
  queue_id uuid not null references queue (id),
  settings jsonb not null,
  -- passwords of the channel, encrypted under the installation's secret key
  secrets bytea,
  -- what a receiver needs to go on after a restart
  receive_cursor jsonb,
  state text not null default 'off',
  state_since timestamptz not null,
  state_reason text,
  created_at timestamptz not null,
  demo boolean not null default false,
  version integer not null default 0,
  constraint channel_name_unique unique (name),
  constraint channel_kind check (kind in ('email', 'webchat', 'intake')),
  constraint channel_state check (state in ('off', 'connecting', 'ok', 'failing'))
);
alter table api_token
  add constraint api_token_channel foreign key (channel_id) references channel (id) on delete cascade;

create table lease (
  key text primary key,
  holder uuid not null,
  expires_at timestamptz not null
);

create table contact (
  id uuid primary key,
  display_name text not null,
  note text not null default '',
  created_at timestamptz not null,
  demo boolean not null default false,
  version integer not null default 0
);

create table contact_address (
  id uuid primary key,
  contact_id uuid not null references contact (id) on delete cascade,
  kind text not null,
  value text not null,
  -- the form that is compared: lower case e-mail, digits of a phone
  normalised text not null,
  constraint contact_address_unique unique (kind, normalised),
  constraint contact_address_kind check (kind in ('email', 'phone', 'visitor', 'external'))
);
-- a contact's addresses
create index contact_address_contact on contact_address (contact_id);

create table conversation (
  id uuid primary key,
  number bigint generated always as identity,
  contact_id uuid not null references contact (id),
  channel_id uuid not null references channel (id),
  subject text not null,
  -- the channel's own name of the thread: a visit, a case of the sending system
  thread_key text,
  started_at timestamptz not null,
  last_message_at timestamptz not null,
  last_message_kind text not null,
  preview text not null default '',
  message_count integer not null default 0,
  demo boolean not null default false,
  version integer not null default 0,
  constraint conversation_number_unique unique (number)
) with (fillfactor = 80);
-- one contact's history
create index conversation_contact on conversation (contact_id, last_message_at desc);
-- everything, newest first
create index conversation_last_message on conversation (last_message_at desc, id desc);
-- a visit's own conversation
create index conversation_thread_key on conversation (channel_id, thread_key, started_at desc) where thread_key is not null;

create table message (
  id uuid primary key,
  conversation_id uuid not null references conversation (id) on delete cascade,
  sequence integer not null,
  kind text not null,
  contact_id uuid references contact (id),
  person_id uuid references person (id) on delete set null,
  at timestamptz not null,
  sent_at timestamptz,
  text text not null,
  quote_from integer,
  html text,
  automatic boolean not null default false,
  -- Message-ID of a letter, key of a visitor's message
  external_id text,
  idempotency_key text,
  delivery_state text,
  delivery_reason text,
  constraint message_sequence_unique unique (conversation_id, sequence),
  constraint message_kind check (kind in ('inbound', 'outbound', 'note', 'event')),
  constraint message_delivery
    check (delivery_state is null or delivery_state in ('queued', 'sent', 'failed', 'bounced', 'delivered'))
) with (fillfactor = 90);
-- threads of letters, bounces
create index message_external_id on message (external_id) where external_id is not null;
-- a repeated call finds its first answer
create unique index message_idempotency_key on message (person_id, idempotency_key) where idempotency_key is not null;
-- full text; the desk's search
create index message_text_search on message using gin (to_tsvector('russian', left(text, 100000)));

create table attachment (
  id uuid primary key,
  message_id uuid references message (id) on delete cascade,
  blob_id uuid not null references blob (id),
  file_name text not null,
  media_type text not null,
  size_bytes bigint not null,
  content_id text,
  inline boolean not null default false,
  uploaded_by uuid,
  created_at timestamptz not null
);
-- a message's attachments
create index attachment_message on attachment (message_id) where message_id is not null;
-- uploads that no message took
create index attachment_orphan on attachment (created_at) where message_id is null;
-- blobs that nothing needs any more
create index attachment_blob on attachment (blob_id);

create table draft (
  person_id uuid not null references person (id) on delete cascade,
  conversation_id uuid not null references conversation (id) on delete cascade,
  kind text not null,
  text text not null,
  html text,
  saved_at timestamptz not null,
  version integer not null default 0,
  primary key (person_id, conversation_id, kind),
  constraint draft_kind check (kind in ('reply', 'note'))
);

create table inbox (
  id uuid primary key,
  channel_id uuid not null references channel (id) on delete cascade,
  external_id text not null,
  payload jsonb,
  raw_blob_id uuid references blob (id),
  state text not null default 'new',
  reason text,
  size_bytes bigint not null default 0,
  attempts integer not null default 0,
  due_at timestamptz not null,
  received_at timestamptz not null,
  done_at timestamptz,
  conversation_id uuid,
  constraint inbox_external_id_unique unique (channel_id, external_id),
  constraint inbox_state check (state in ('new', 'done', 'set_aside'))
) with (fillfactor = 80);
-- what waits to be taken, in order
create index inbox_new on inbox (due_at, id) where state = 'new';
-- what the administrator must look at
create index inbox_set_aside on inbox (channel_id, received_at desc) where state = 'set_aside';

create table outbox (
  id uuid primary key,
  message_id uuid not null references message (id) on delete cascade,
  channel_id uuid not null references channel (id) on delete cascade,
  recipient_kind text not null,
  recipient text not null,
  recipient_name text not null default '',
  state text not null default 'queued',
  attempts integer not null default 0,
  due_at timestamptz not null,
  leased_until timestamptz,
  last_error text,
  created_at timestamptz not null,
  done_at timestamptz,
  constraint outbox_state check (state in ('queued', 'sent', 'failed'))
) with (fillfactor = 80);
-- what waits to be sent, in order
create index outbox_queued on outbox (due_at, id) where state = 'queued';
-- the sends of a message
create index outbox_message on outbox (message_id);

grant select, insert, update, delete
  on channel, lease, contact, contact_address, conversation, message, attachment, draft, inbox, outbox to oco_app;
