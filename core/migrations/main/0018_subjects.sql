-- What a contact wrote is sealed under that contact's own key, also in another's conversation; so are the preview of it and the recipient
-- of an answer. Null: the key of the conversation's contact.

alter table conversation add column preview_contact_id uuid references contact (id) on delete set null;
alter table outbox add column subject_id uuid;
