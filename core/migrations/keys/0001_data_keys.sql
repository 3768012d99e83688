-- Keys under which people's data is sealed. They lie in a database of their own, whose backups live a stated number of days: a key that is
-- destroyed here destroys, once those backups are gone, every copy of what it sealed, wherever that lies.

create table data_key (
  -- subject: a contact's; index: of one blind index and epoch; intake: of one day, for what comes in before its contact is known
  kind text not null,
  name text not null,
  -- under the key-encryption key of `ring_version`; null where it is destroyed
  wrapped bytea,
  ring_version integer,
  created_at timestamptz not null,
  destroyed_at timestamptz,
  primary key (kind, name),
  constraint data_key_kind check (kind in ('subject', 'index', 'intake')),
  constraint data_key_destroyed check ((wrapped is null) = (destroyed_at is not null)),
  constraint data_key_ring_version check ((wrapped is null) = (ring_version is null))
) partition by hash (name);

-- Each version of the key-encryption key that has been in use, by a sum that tells nothing of it: a process with another ring is refused.
create table key_ring_version (
  version integer primary key,
  fingerprint text not null,
  added_at timestamptz not null
);

-- A destroyed key has to leave the pages of its table too, and only a rewriting does that: of one small part, not of all.
do $$
begin
  for part in 0..31 loop
    execute format('create table data_key_%s partition of data_key for values with (modulus 32, remainder %s)', part, part);
  end loop;
end
$$;

-- what a rotation has still to rewrap
create index data_key_ring_version on data_key (ring_version) where wrapped is not null;

-- Writes the part in which a key of this name lies anew, without what was removed from it.
create function rewrite_data_keys(of_name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  part regclass;
begin
  select tableoid into part from public.data_key where name = of_name limit 1;
  if part is null then return; end if;
  execute format('cluster %s using %I', part, (
    select index.relname from pg_index join pg_class as index on index.oid = indexrelid where indrelid = part and indisprimary));
end
$$;
revoke all on function rewrite_data_keys(text) from public;
grant execute on function rewrite_data_keys(text) to oco_app;

-- a destroyed key leaves its row, so that nobody makes the subject another one by mistake
grant select, insert, update on data_key to oco_app;
grant select, insert on key_ring_version to oco_app;
