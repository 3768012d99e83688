-- Live events: ids of what changed, for pages that are open now. Rows live minutes; a server crash may empty the table, and every
-- page then loads anew, so it needs no write-ahead log. The sequence is logged: an id never comes twice.

create sequence live_event_id;

create unlogged table live_event (
  id bigint primary key default nextval('live_event_id'),
  transaction_id xid8 not null default pg_current_xact_id(),
  at timestamptz not null,
  type text not null,
  -- who may hear of it is decided at delivery from these
  conversation_id uuid,
  work_item_id uuid,
  queue_id uuid,
  person_id uuid,
  message_id uuid
);
-- delivery reads from the oldest transaction that was in flight
create index live_event_transaction on live_event (transaction_id, id);
-- old rows go
create index live_event_at on live_event (at);

grant select, insert, delete on live_event to oco_app;
grant usage on sequence live_event_id to oco_app;
