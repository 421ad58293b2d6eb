-- Subscriptions to more than contacts, and their events. The former tables had what had just changed, and nothing else.

DROP TABLE contact_change;
DROP TABLE contact_subscription;

CREATE TABLE subscription (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    topic {text} NOT NULL,
    key {text} NOT NULL,
    criteria {json} NOT NULL,
    expires_at {time} NOT NULL,
    PRIMARY KEY (account_id, id)
);

-- AUTOINCREMENT: a reader must not meet a position again, also if all events were deleted.
CREATE TABLE subscription_event (
-- only sqlite
    position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account_id {uuid} NOT NULL REFERENCES account (id),
-- only postgres
    account_id {uuid} NOT NULL REFERENCES account (id),
    position BIGINT NOT NULL,
-- both
    id {uuid} NOT NULL,
    topic {text} NOT NULL,
    body {json} NOT NULL,
    occurred_at {time} NOT NULL,
-- only sqlite
    UNIQUE (account_id, position, id)
-- only postgres
    PRIMARY KEY (account_id, position, id)
-- both
);
