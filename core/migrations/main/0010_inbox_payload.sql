-- What waits to be taken up has something to be taken up; only what is done, or could not be read, has nothing. Without it a slip
-- in a statement would leave a row that fails each time it is taken, and that nobody could put right.

alter table inbox add constraint inbox_new_payload check (state <> 'new' or payload is not null);
