-- What a visitor said of itself, the words that it agreed to and the page that it came from: sealed under a key of the visit's own, which
-- goes with the contact's.

alter table webchat_visit
  alter column name drop not null,
  alter column consent_text drop not null,
  -- name, email, consent text and address of the page, as JSON
  add column sealed_form bytea,
  add constraint webchat_visit_form_once check (
    (sealed_form is null) = (name is not null) and (sealed_form is null) = (consent_text is not null)
    and (sealed_form is null or (email is null and page_url is null)));
create index webchat_visit_plain on webchat_visit (id) where name is not null;

insert into sealed_table (name) values ('webchat_visit');
