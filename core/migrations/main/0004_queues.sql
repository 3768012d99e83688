-- Queues, skills, who serves them, and each agent's state with the load that routing reserves against.

create table skill (
  id uuid primary key,
  name text not null,
  demo boolean not null default false,
  constraint skill_name_unique unique (name)
);

create table queue (
  id uuid primary key,
  name text not null,
  priority integer not null default 3,
  skill_id uuid references skill (id),
  offer_timeout_ms integer not null default 30000,
  first_reply_target_ms bigint,
  resolution_target_ms bigint,
  created_at timestamptz not null,
  demo boolean not null default false,
  version integer not null default 0,
  constraint queue_name_unique unique (name),
  constraint queue_priority check (priority between 1 and 5),
  constraint queue_offer_timeout check (offer_timeout_ms between 5000 and 600000)
);

create table disposition (
  id uuid primary key,
  name text not null,
  removed_at timestamptz,
  demo boolean not null default false
);
-- a removed name may be used again
create unique index disposition_name_unique on disposition (name) where removed_at is null;

create table queue_member (
  queue_id uuid not null references queue (id) on delete cascade,
  person_id uuid not null references person (id) on delete cascade,
  primary key (queue_id, person_id)
);
-- the queues of a person
create index queue_member_person on queue_member (person_id);

create table person_skill (
  person_id uuid not null references person (id) on delete cascade,
  skill_id uuid not null references skill (id) on delete cascade,
  primary key (person_id, skill_id)
);

create table agent (
  person_id uuid primary key references person (id) on delete cascade,
  state text not null default 'offline',
  reason text,
  since timestamptz not null,
  capacity_limit integer not null default 100,
  capacity_used integer not null default 0,
  -- when load last went down or the agent became ready: longest idle is chosen first
  idle_since timestamptz not null,
  -- the page of this agent is connected to some process until then, unless that process says so again
  connected_until timestamptz,
  version integer not null default 0,
  constraint agent_state check (state in ('ready', 'not_ready', 'offline')),
  constraint agent_reason check ((state = 'not_ready') = (reason is not null) or state = 'offline'),
  constraint agent_capacity check (capacity_used >= 0)
) with (fillfactor = 70);

-- every interval of a state is an immutable fact: from `at` until the same person's next row
create table agent_state_change (
  id uuid primary key,
  person_id uuid not null references person (id) on delete cascade,
  at timestamptz not null,
  state text not null,
  reason text,
  changed_by uuid
);
-- a person's day
create index agent_state_change_person on agent_state_change (person_id, at);

grant select, insert, update, delete
  on skill, queue, disposition, queue_member, person_skill, agent to oco_app;
grant select, insert, delete on agent_state_change to oco_app;
