-- Where nothing was written before there was a vault, nothing plain is looked for: not even what somebody types goes to the server then.
do $$
declare
  sealed record;
  is_empty boolean;
begin
  for sealed in select name from sealed_table where rewritten_at is null loop
    execute format('select not exists (select from %I)', sealed.name) into is_empty;
    if is_empty then update sealed_table set rewritten_at = now() where name = sealed.name; end if;
  end loop;
end
$$;
