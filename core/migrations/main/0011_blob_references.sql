-- Who needs a blob. A blob and what refers to it are committed together, and a deleted row leaves its blob to whoever tidies; a table
-- that refers to blobs from now on comes into this view, or its blobs are tidied away.

-- a set-aside letter's bytes; also asked for each blob that goes
create index inbox_raw_blob on inbox (raw_blob_id) where raw_blob_id is not null;

create view blob_reference as
  select blob_id, message_id, null::uuid as channel_id from attachment
  union all
  select raw_blob_id, null, channel_id from inbox where raw_blob_id is not null
  union all
  -- files of a message that has come in and is not taken up yet
  select (file ->> 'blobId')::uuid, null, channel_id
  from inbox, jsonb_array_elements(payload -> 'attachments') as file
  where payload is not null;

grant select on blob_reference to oco_app;
