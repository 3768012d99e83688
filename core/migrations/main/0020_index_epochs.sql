-- Under which epoch's keys the sums of a row were made; those of older epochs are made anew in the background.

alter table message add column index_epoch integer not null default 1;
alter table conversation add column index_epoch integer not null default 1;
alter table contact add column index_epoch integer not null default 1;
alter table contact_address add column index_epoch integer not null default 1;
alter table outbox add column index_epoch integer not null default 1;
create index message_index_epoch on message (index_epoch);
create index conversation_index_epoch on conversation (index_epoch);
create index contact_index_epoch on contact (index_epoch);
create index contact_address_index_epoch on contact_address (index_epoch);
create index outbox_index_epoch on outbox (index_epoch);
