-- Guessing is slowed down by the counters of logins and addresses (sign_in_counter), whether anybody has the login or not, and their
-- pauses end by themselves. These two columns were never read or written: they told of a lock that is not there.

alter table person
  drop column failed_attempts,
  drop column locked_until;
