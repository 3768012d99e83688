-- Chunks lie in this database, in a folder or in an S3-compatible store. Each blob says where, so that a changed configuration still reads
-- what was written before it.

alter table blob
  add column place text not null default 'table',
  add constraint blob_place check (place in ('table', 'folder', 's3'));

-- asked at each start: is there a place in use that the configuration does not name? Empty while everything lies in the table
create index blob_outside on blob (place) where place <> 'table';

-- The name of this database in a folder or a bucket: what lies under another one is never tidied away.
create table blob_namespace (
  only_one boolean primary key default true,
  id uuid not null default gen_random_uuid(),
  constraint blob_namespace_only_one check (only_one)
);
insert into blob_namespace default values;

grant select on blob_namespace to oco_app;
