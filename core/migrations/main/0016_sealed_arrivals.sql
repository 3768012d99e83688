-- What comes in is sealed before its contact is known, under a key of the day; blobs are sealed under keys of their own, which lie beside
-- them sealed under their owner's: the day's, then the contact's.

alter table blob
  -- all three null: plain, of before
  add column owner_kind text,
  add column owner_name text,
  add column sealed_key bytea,
  add constraint blob_owner check ((sealed_key is null) = (owner_kind is null) and (sealed_key is null) = (owner_name is null));
-- what is still to be sealed
create index blob_plain on blob (id) where sealed_key is null;
-- what is the day's still, and what goes with a contact
create index blob_owner_name on blob (owner_name) where sealed_key is not null;
-- a change of hands
grant update (owner_kind, owner_name, sealed_key) on blob to oco_app;

alter table attachment
  alter column file_name drop not null,
  -- under the blob's own key
  add column sealed_file_name bytea,
  add constraint attachment_file_name_once check ((file_name is null) = (sealed_file_name is not null));
create index attachment_plain on attachment (id) where file_name is not null;

alter table inbox
  add column sealed_payload bytea,
  -- whose key seals the payload
  add column intake_day date,
  -- of the files in the payload
  add column blob_ids uuid[] not null default '{}',
  drop constraint inbox_new_payload,
  add constraint inbox_payload_once check (payload is null or sealed_payload is null),
  add constraint inbox_intake_day check ((sealed_payload is null) = (intake_day is null)),
  add constraint inbox_new_payload check (state <> 'new' or payload is not null or sealed_payload is not null);
alter table inbox alter column sealed_payload set storage external;
create index inbox_plain on inbox (id) where payload is not null;
create index inbox_intake_day on inbox (intake_day) where intake_day is not null;

create or replace view blob_reference as
  select blob_id, message_id, null::uuid as channel_id from attachment
  union all
  select raw_blob_id, null, channel_id from inbox where raw_blob_id is not null
  union all
  -- files of a message that has come in and is not taken up yet
  select blob_id, null, channel_id from inbox, unnest(blob_ids) as blob_id
  union all
  -- the same of rows of before
  select (file ->> 'blobId')::uuid, null, channel_id
  from inbox, jsonb_array_elements(payload -> 'attachments') as file
  where payload is not null;
-- asked for each blob that goes
create index inbox_blob_ids on inbox using gin (blob_ids) where blob_ids <> '{}';

insert into sealed_table (name) values ('blob_chunk'), ('attachment'), ('inbox');
