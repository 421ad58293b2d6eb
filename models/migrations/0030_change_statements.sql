-- Each write pays for each index of the audit log. Events of a token with a user are found by the user.
DROP INDEX audit_event_token;
CREATE INDEX audit_event_token ON audit_event (account_id, token_id, id) WHERE user_id IS NULL AND token_id IS NOT NULL;
