-- What a purge of contacts leaves to delete in the background: services/purging/traces.py.

CREATE TABLE contact_purge (
    account_id {uuid} NOT NULL PRIMARY KEY REFERENCES account (id),
    number BIGINT NOT NULL,
    purged_at {time} NOT NULL,
    erase_at {time}
);
CREATE INDEX contact_purge_due ON contact_purge (erase_at) WHERE erase_at IS NOT NULL;

-- Numbers with more messages than one transaction may change.
CREATE TABLE purged_phone (
    account_id {uuid} NOT NULL REFERENCES account (id),
    phone {text} NOT NULL,
    purged_at {time} NOT NULL,
    PRIMARY KEY (account_id, phone)
);

-- The account's number of purges when a job or a review began; null once a job has no personal data any more.
ALTER TABLE job ADD COLUMN purge_number BIGINT DEFAULT 0;
CREATE INDEX job_purge_number ON job (account_id, purge_number) WHERE purge_number IS NOT NULL;
ALTER TABLE campaign_review ADD COLUMN purge_number BIGINT NOT NULL DEFAULT 0;
CREATE INDEX campaign_review_purge_number ON campaign_review (account_id, purge_number);

-- A purge deletes the events of a number.
ALTER TABLE event ADD COLUMN phone {text};
-- only postgres
UPDATE event SET phone = payload ->> 'phone';
-- only sqlite
UPDATE event SET phone = json_extract(payload, '$.phone');
-- both
CREATE INDEX event_phone ON event (account_id, phone) WHERE phone IS NOT NULL;

-- A purge empties stored answers.
CREATE INDEX idempotency_key_answered ON idempotency_key (account_id, created_at) WHERE length(answer) > 0;

-- A message whose number was purged has an empty number. Queries of messages leave it out.
DROP INDEX message_occurred_at;
DROP INDEX message_campaign;
CREATE INDEX message_occurred_at ON message (account_id, occurred_at, id) WHERE phone <> '';
CREATE INDEX message_campaign ON message (account_id, campaign_id, occurred_at, id)
    WHERE campaign_id IS NOT NULL AND phone <> '';
