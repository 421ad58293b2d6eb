CREATE TABLE event (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    kind {text} NOT NULL,
    payload {json} NOT NULL,
    occurred_at {time} NOT NULL,
    due_at {time} NOT NULL,
    attempt_count INTEGER NOT NULL,
    delivered_at {time},
    PRIMARY KEY (account_id, id)
);
CREATE INDEX event_due ON event (due_at) WHERE delivered_at IS NULL;
CREATE INDEX event_occurred_at ON event (occurred_at);
