-- What people write is sealed under the key of the conversation's contact. Rows of before keep their plain text until they are sealed in
-- the background, and have either one or the other.

alter table message
  alter column text drop not null,
  add column sealed_text bytea,
  add column sealed_html bytea,
  -- its words, each as a keyed sum
  add column search_terms bigint[],
  add constraint message_text_once check ((text is null) = (sealed_text is not null)),
  add constraint message_html_once check (html is null or sealed_html is null);
alter table message alter column sealed_text set storage external, alter column sealed_html set storage external;
-- the desk's search; the index of plain words goes when no plain text is left
create index message_search_terms on message using gin (search_terms) where search_terms is not null;
-- what is still to be sealed
create index message_plain on message (id) where text is not null;

alter table conversation
  alter column subject drop not null,
  alter column preview drop not null,
  alter column preview drop default,
  add column sealed_subject bytea,
  add column sealed_preview bytea,
  add column search_terms bigint[],
  add constraint conversation_subject_once check ((subject is null) = (sealed_subject is not null)),
  add constraint conversation_preview_once check (preview is null or sealed_preview is null);
-- the search in subjects
create index conversation_search_terms on conversation using gin (search_terms) where search_terms is not null;
-- what is still to be sealed
create index conversation_plain on conversation (id) where subject is not null or preview is not null;

alter table draft
  alter column text drop not null,
  add column sealed_text bytea,
  add column sealed_html bytea,
  add constraint draft_text_once check ((text is null) = (sealed_text is not null)),
  add constraint draft_html_once check (html is null or sealed_html is null);

-- Which tables have been written anew since their last plain row was sealed.
create table sealed_table (
  name text primary key,
  rewritten_at timestamptz
);
insert into sealed_table (name) values ('message'), ('conversation'), ('draft');
grant select, update on sealed_table to oco_app;

-- Writes a table anew, without what was removed from it: sealed rows leave their plain text in its pages until then. Nobody reads or
-- writes it meanwhile.
create function rewrite_sealed_table(name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from public.sealed_table where sealed_table.name = rewrite_sealed_table.name) then
    raise exception 'no table of sealed rows: %', name;
  end if;
  execute format('cluster public.%I using %I', name, name || '_pkey');
end
$$;
revoke all on function rewrite_sealed_table(text) from public;
grant execute on function rewrite_sealed_table(text) to oco_app;
