-- People who sign in, their sessions, and the counters that slow guessing down.

create table organisation (
  only_row boolean primary key default true,
  name text not null default '',
  locale text not null default 'ru',
  time_zone text not null default 'Europe/Moscow',
  reopen_window_days integer not null default 7,
  setup_done_at timestamptz,
  demo boolean not null default false,
  version integer not null default 0,
  constraint organisation_only_row check (only_row),
  constraint organisation_locale check (locale in ('ru', 'en')),
  constraint organisation_reopen_window check (reopen_window_days between 0 and 365)
);
insert into organisation default values;

create table person (
  id uuid primary key,
  login text not null,
  display_name text not null,
  role text not null,
  locale text not null default 'ru',
  -- carries its own scheme and parameters: scheme$parameters$salt$hash
  password_hash text not null,
  blocked_at timestamptz,
  failed_attempts integer not null default 0,
  locked_until timestamptz,
  last_session_at timestamptz,
  created_at timestamptz not null,
  demo boolean not null default false,
  version integer not null default 0,
  constraint person_login_unique unique (login),
  constraint person_login_lower check (login = lower(login)),
  constraint person_role check (role in ('agent', 'supervisor', 'security_officer', 'administrator')),
  constraint person_locale check (locale in ('ru', 'en'))
);

create table session (
  id uuid primary key,
  -- SHA-256 of the cookie's value: the value itself is nowhere
  token_hash bytea not null,
  csrf_token text not null,
  person_id uuid not null references person (id) on delete cascade,
  started_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  address inet,
  user_agent text not null default '',
  constraint session_token_hash_unique unique (token_hash)
);
-- ends every session of a person at once
create index session_person on session (person_id);
-- finds expired ones
create index session_expires on session (expires_at);

create table sign_in_counter (
  -- an address or a login, prefixed by its kind
  key text primary key,
  failures integer not null,
  window_started_at timestamptz not null,
  locked_until timestamptz
);

create table api_token (
  id uuid primary key,
  name text not null,
  secret_hash bytea not null,
  channel_id uuid not null,
  created_by uuid references person (id) on delete set null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  constraint api_token_secret_hash_unique unique (secret_hash)
);

grant select, insert, update, delete on organisation, person, session, sign_in_counter, api_token to oco_app;
