-- The audit log: insert and read only for the application, one partition a month from the first day.

create table audit_event (
  id uuid not null,
  at timestamptz not null,
  sequence bigint generated always as identity,
  action text not null,
  severity text not null,
  result text not null,
  subject_kind text not null,
  subject_id uuid,
  object_kind text,
  object_id uuid,
  address inet,
  request_id text,
  details jsonb not null default '{}',
  constraint audit_event_severity
    check (severity in ('emergency', 'alert', 'critical', 'error', 'warning', 'info', 'debug')),
  constraint audit_event_result check (result in ('success', 'failure')),
  constraint audit_event_subject check (subject_kind in ('person', 'contact', 'token', 'system', 'anonymous')),
  primary key (id, at)
) partition by range (at);

-- the officer's list: newest first
create index audit_event_at on audit_event (at desc, id desc);
-- one person's whole trail
create index audit_event_subject on audit_event (subject_id, at desc) where subject_id is not null;
-- one object's whole trail
create index audit_event_object on audit_event (object_id, at desc) where object_id is not null;
-- one kind of event
create index audit_event_action on audit_event (action, at desc);

-- catches what no month takes; a row in it is an alarm
create table audit_event_default partition of audit_event default;

/* Makes the partitions of `month` and of the three months after it. The application calls it daily and may not make any others. */
create function audit_make_partitions(month date) returns integer
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  first date;
  made integer := 0;
  partition_name text;
begin
  if month < date '2020-01-01' or month > (current_date + interval '1 year') then
    raise exception 'month % is out of bounds', month using errcode = '22023';
  end if;
  for offset_months in 0..3 loop
    first := (date_trunc('month', month) + make_interval(months => offset_months))::date;
    partition_name := 'audit_event_' || to_char(first, 'YYYYMM');
    if to_regclass('public.' || partition_name) is null then
      execute format(
        'create table public.%I partition of public.audit_event for values from (%L) to (%L)',
        partition_name, first::timestamp at time zone 'UTC', (first + interval '1 month')::timestamp at time zone 'UTC');
      made := made + 1;
    end if;
  end loop;
  return made;
end $$;

select audit_make_partitions((current_date - interval '2 months')::date);
select audit_make_partitions(current_date);

revoke all on function audit_make_partitions(date) from public;
grant execute on function audit_make_partitions(date) to oco_app;
grant select, insert on audit_event to oco_app;
