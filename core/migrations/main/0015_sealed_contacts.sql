-- Names, notes and addresses of contacts are sealed under the contact's own key; so are the recipients of answers and what other mail
-- systems say of them, under the key of the conversation's contact. Rows of before are sealed in the background.

alter table contact
  alter column display_name drop not null,
  alter column note drop not null,
  alter column note drop default,
  add column sealed_name bytea,
  add column sealed_note bytea,
  -- beginnings of the words of the name, each as a keyed sum
  add column search_terms bigint[],
  add constraint contact_name_once check ((display_name is null) = (sealed_name is not null)),
  add constraint contact_note_once check (note is null or sealed_note is null);
-- the desk's search by name
create index contact_search_terms on contact using gin (search_terms) where search_terms is not null;
-- what is still to be sealed
create index contact_plain on contact (id) where display_name is not null or note is not null;

alter table contact_address
  alter column value drop not null,
  alter column normalised drop not null,
  add column sealed_value bytea,
  -- a keyed sum of the kind and the form that is compared
  add column lookup bytea,
  -- beginnings of that form, each as a keyed sum
  add column search_terms bigint[],
  add constraint contact_address_value_once check ((value is null) = (sealed_value is not null)),
  add constraint contact_address_normalised_once check ((normalised is null) = (lookup is not null)),
  -- whose is this address?
  add constraint contact_address_lookup_unique unique (lookup);
create index contact_address_search_terms on contact_address using gin (search_terms) where search_terms is not null;
create index contact_address_plain on contact_address (id) where value is not null;

alter table outbox
  alter column recipient drop not null,
  alter column recipient_name drop not null,
  alter column recipient_name drop default,
  add column sealed_recipient bytea,
  add column sealed_recipient_name bytea,
  -- as in contact_address
  add column recipient_lookup bytea,
  -- what the other side said stands with the message
  drop column last_error,
  add constraint outbox_recipient_once check ((recipient is null) = (sealed_recipient is not null)),
  add constraint outbox_recipient_name_once check ((recipient_name is null) = (sealed_recipient_name is not null)),
  add constraint outbox_recipient_lookup check ((recipient is null) = (recipient_lookup is not null));
create index outbox_plain on outbox (id) where recipient is not null;

alter table message
  add column sealed_delivery_reason bytea,
  add constraint message_delivery_reason_once check (delivery_reason is null or sealed_delivery_reason is null);
create index message_plain_reason on message (id) where delivery_reason is not null;

insert into sealed_table (name) values ('contact'), ('contact_address'), ('outbox');
-- its reasons were not sealed when it was last written anew
update sealed_table set rewritten_at = null where name = 'message';
