-- Messages of one thread are taken one after the other, however many receivers there are: two at once would change their order, or
-- start two conversations where neither sees the other's yet.

-- the channel's own thread (a visit, a case of another system); null: the message stands for itself
alter table inbox add column line_key text;
-- what of the same thread comes before
create index inbox_line on inbox (channel_id, line_key, due_at, id) where state = 'new' and line_key is not null;
