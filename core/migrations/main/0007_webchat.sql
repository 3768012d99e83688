-- Visitors of web chats, and what intake remembers of each request so that a repeat can be told from a mistake.

create table webchat_visit (
  id uuid primary key,
  channel_id uuid not null references channel (id) on delete cascade,
  -- SHA-256 of the secret that the visitor's page keeps: the value itself is nowhere
  secret_hash bytea not null,
  name text not null,
  -- where answers go when the visitor has left; unverified, so it makes nobody the same contact
  email text,
  -- the very words that were agreed to
  consent_text text not null,
  consent_version integer not null,
  consent_at timestamptz not null,
  page_url text,
  started_at timestamptz not null,
  -- kept fresh while a page of this visit is connected to some process
  last_seen_at timestamptz not null,
  -- everything up to this place of the conversation is on the visitor's page
  received_sequence bigint not null default 0,
  demo boolean not null default false
) with (fillfactor = 80);
-- visits of a channel that retention goes through
create index webchat_visit_channel on webchat_visit (channel_id, last_seen_at);

-- uploads of one visitor (and of one person): checked before a message takes them
create index attachment_uploaded_by on attachment (uploaded_by, created_at) where uploaded_by is not null;

-- hash of what a sender's idempotency key stood for; intake alone sets it
alter table inbox add column digest bytea;

grant select, insert, update, delete on webchat_visit to oco_app;
