-- What is known of requests: the answers to those that came with an Idempotency-Key, and how often somebody asked.
CREATE TABLE idempotency_key (
    account_id {uuid} NOT NULL REFERENCES account (id),
    key_hash {text} NOT NULL,
    request_hash {text} NOT NULL,
    status INTEGER NOT NULL,
    answer {bytes} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (account_id, key_hash)
);
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);

CREATE TABLE rate_limit (
    account_id {uuid} NOT NULL REFERENCES account (id),
    name {text} NOT NULL,
    subject {text} NOT NULL,
    calls {texts} NOT NULL,
    idle_at {time} NOT NULL,
    PRIMARY KEY (account_id, name, subject)
);
CREATE INDEX rate_limit_idle ON rate_limit (idle_at);
