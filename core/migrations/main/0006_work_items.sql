-- The one queue: every request is a work item of one kind, offered to one agent at a time.

create table work_item (
  id uuid primary key,
  number bigint generated always as identity,
  conversation_id uuid not null references conversation (id) on delete cascade,
  queue_id uuid not null references queue (id),
  channel_kind text not null,
  state text not null default 'waiting',
  priority integer not null,
  skill_id uuid references skill (id),
  -- how much of an agent's capacity it takes
  weight integer not null,
  enqueued_at timestamptz not null,
  -- the place in line: kept when an offer is declined or expires
  waiting_since timestamptz not null,
  assignee_id uuid references person (id),
  assigned_at timestamptz,
  offer_id uuid,
  offered_to uuid references person (id),
  offer_expires_at timestamptz,
  pending_until timestamptz,
  first_reply_due_at timestamptz,
  first_replied_at timestamptz,
  resolution_due_at timestamptz,
  resolved_at timestamptz,
  disposition_id uuid references disposition (id),
  reopened_from uuid references work_item (id),
  version integer not null default 0,
  constraint work_item_state check (state in ('waiting', 'offered', 'assigned', 'pending', 'resolved')),
  constraint work_item_offer check ((state = 'offered') = (offer_id is not null)),
  constraint work_item_offered_to check ((offer_id is null) = (offered_to is null)),
  constraint work_item_assignee check ((state in ('assigned', 'pending')) <= (assignee_id is not null)),
  constraint work_item_resolved check ((state = 'resolved') = (resolved_at is not null)),
  constraint work_item_priority check (priority between 1 and 5),
  constraint work_item_weight check (weight between 1 and 1000)
) with (fillfactor = 60);
-- at most one open item a conversation
create unique index work_item_one_open on work_item (conversation_id) where state <> 'resolved';
-- a conversation's latest item
create index work_item_conversation on work_item (conversation_id, enqueued_at desc);
-- the line: highest priority, then longest waiting
create index work_item_waiting on work_item (queue_id, priority desc, waiting_since, id) where state = 'waiting';
-- offers by the clock
create index work_item_offer_expires on work_item (offer_expires_at) where state = 'offered';
-- an agent's own list
create index work_item_assignee on work_item (assignee_id, state) where state in ('assigned', 'pending');
-- items that wake up by themselves
create index work_item_pending_until on work_item (pending_until) where state = 'pending' and pending_until is not null;
-- today's figures
create index work_item_resolved_at on work_item (resolved_at, assignee_id) where state = 'resolved';

-- every offer is a fact with the decision behind it
create table offer (
  id uuid primary key,
  work_item_id uuid not null references work_item (id) on delete cascade,
  person_id uuid not null references person (id) on delete cascade,
  offered_at timestamptz not null,
  ended_at timestamptz,
  outcome text,
  ring integer not null default 0,
  -- candidates by the reason that kept them out, and how many were left
  counts jsonb not null default '{}',
  constraint offer_outcome check (outcome is null or outcome in ('accepted', 'declined', 'expired', 'withdrawn'))
) with (fillfactor = 80);
-- who was asked already
create index offer_work_item on offer (work_item_id, offered_at desc);

-- every time an item is in somebody's hands is a fact
create table handling (
  id uuid primary key,
  work_item_id uuid not null references work_item (id) on delete cascade,
  person_id uuid not null references person (id) on delete cascade,
  started_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  constraint handling_ended_by
    check (ended_by is null or ended_by in ('resolved', 'released', 'transferred', 'pended', 'agent_gone'))
) with (fillfactor = 80);
-- at most one pair of hands
create unique index handling_one_open on handling (work_item_id) where ended_at is null;
-- an agent's day
create index handling_person on handling (person_id, started_at);

grant select, insert, update, delete on work_item, offer, handling to oco_app;
