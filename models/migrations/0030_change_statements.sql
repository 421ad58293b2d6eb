-- Each write pays for each index of the audit log. Events of a token with a user are found by the user.
DROP INDEX audit_event_token;
CREATE INDEX audit_event_token ON audit_event (account_id, token_id, id) WHERE user_id IS NULL AND token_id IS NOT NULL;
-- only sqlite
-- Without row ids, a row is in one tree instead of two.
ALTER TABLE bulk_change_contact RENAME TO former_bulk_change_contact;
CREATE TABLE bulk_change_contact (
    account_id {uuid} NOT NULL,
    contact_id {uuid} NOT NULL,
    bulk_change_id {uuid} NOT NULL,
    PRIMARY KEY (account_id, contact_id, bulk_change_id)
) WITHOUT ROWID;
INSERT INTO bulk_change_contact SELECT account_id, contact_id, bulk_change_id FROM former_bulk_change_contact;
DROP TABLE former_bulk_change_contact;
-- both
