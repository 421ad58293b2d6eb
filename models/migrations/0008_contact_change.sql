-- What has just changed about contacts, and who wants to hear of it.

CREATE TABLE contact_subscription (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    filter_key {text} NOT NULL,
    criteria {json} NOT NULL,
    expires_at {time} NOT NULL,
    PRIMARY KEY (account_id, id)
);

CREATE TABLE contact_change (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    kind {text} NOT NULL,
    contact_id {uuid},
    contact_count INTEGER NOT NULL,
    matched {json} NOT NULL,
    occurred_at {time} NOT NULL,
    PRIMARY KEY (account_id, id)
);
