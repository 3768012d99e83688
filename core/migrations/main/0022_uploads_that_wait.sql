-- Uploads that a message names which has come in and is not taken up yet: they wait as long as it does.

alter table inbox add column upload_ids uuid[] not null default '{}';
-- asked for each upload that would go
create index inbox_upload_ids on inbox using gin (upload_ids) where upload_ids <> '{}';
