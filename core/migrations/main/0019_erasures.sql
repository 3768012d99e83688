-- Who was erased, when, and from which day no backup brings the data back. A restore brings erased people back; what stands here, in the
-- database of keys or in the file of acts is then applied again.

create table erasure (
  contact_id uuid primary key,
  -- names of the keys that were destroyed: the contact's, and those of its visits
  key_names text[] not null,
  requested_at timestamptz not null,
  -- null while it goes on
  done_at timestamptz,
  unreadable_from date not null
);
grant select, insert, update on erasure to oco_app;

alter table contact add column erased_at timestamptz;
