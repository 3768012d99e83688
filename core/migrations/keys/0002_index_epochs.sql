-- Blind indexes have epochs: each has keys of its own, and the keys of an epoch are destroyed once nothing is indexed under it, so that
-- what old backups of the data hold of an index cannot be tried against a dictionary.

create table index_epoch (
  epoch integer primary key,
  -- from then on every process looks under it too
  announced_at timestamptz not null,
  -- from then on every process writes under it
  current_at timestamptz,
  -- from then on no process looks under it; its keys are destroyed next
  dropped_at timestamptz,
  constraint index_epoch_order check (dropped_at is null or current_at is not null)
);
insert into index_epoch (epoch, announced_at, current_at) values (1, now(), now());
grant select, insert, update on index_epoch to oco_app;
