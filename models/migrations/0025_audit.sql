-- The audit log. Rows are inserted with the COMMIT of the change, and nothing changes them afterwards.
-- No foreign key leads to another table, because its check would take longer than the rest of the insertion.

CREATE TABLE audit_event (
    account_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    action {text} NOT NULL,
    subject {text},
    count INTEGER NOT NULL,
    summary {text} NOT NULL,
    user_id {uuid},
    token_id {uuid},
    job_id {uuid},
    request_id {text},
    ip_address {text},
    occurred_at {time} NOT NULL,
    PRIMARY KEY (account_id, id)
-- only postgres
);
-- only sqlite
) WITHOUT ROWID;
-- both
CREATE INDEX audit_event_action ON audit_event (account_id, action, id);
CREATE INDEX audit_event_subject ON audit_event (account_id, subject, id) WHERE subject IS NOT NULL;
CREATE INDEX audit_event_user ON audit_event (account_id, user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_event_token ON audit_event (account_id, token_id, id) WHERE token_id IS NOT NULL;
CREATE INDEX audit_event_job ON audit_event (account_id, job_id, id) WHERE job_id IS NOT NULL;
