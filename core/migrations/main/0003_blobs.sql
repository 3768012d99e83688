-- Bytes of attachments in chunks, so that neither side ever holds a whole file more than once.

create table blob (
  id uuid primary key,
  size_bytes bigint not null,
  chunk_count integer not null,
  sha256 bytea not null,
  created_at timestamptz not null
);

create table blob_chunk (
  -- checked at commit: the chunks are written first, the blob, with its size and hash, last and once
  blob_id uuid not null references blob (id) on delete cascade deferrable initially deferred,
  position integer not null,
  bytes bytea not null,
  primary key (blob_id, position)
);
alter table blob_chunk alter column bytes set storage external;

grant select, insert, delete on blob, blob_chunk to oco_app;
