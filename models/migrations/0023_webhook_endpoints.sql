-- Receivers of events that belong to an account, and what is sent to them.

CREATE TABLE webhook_endpoint (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    url {text} NOT NULL,
    description {text},
    event_types {texts} NOT NULL,
    selection {text},
    token_id {uuid},
    created_by_id {uuid},
    is_ordered {bool} NOT NULL,
    secret {bytes} NOT NULL,
    former_secret {bytes},
    former_secret_expires_at {time},
    disabled_at {time},
    disabled_reason {text},
    failing_since {time},
    failure_count INTEGER NOT NULL,
    paused_until {time},
    lease_id {uuid},
    leased_until {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, token_id) REFERENCES api_token (account_id, id),
    FOREIGN KEY (account_id, created_by_id) REFERENCES account_user (account_id, id)
);
CREATE INDEX webhook_endpoint_token ON webhook_endpoint (account_id, token_id);

-- `position` orders the deliveries of an endpoint. A delivery has no foreign key to its endpoint, so that writers of
-- events lock no endpoint, and so that deleting an endpoint is fast.
CREATE TABLE webhook_delivery (
-- only postgres
    position BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
-- only sqlite
    position INTEGER NOT NULL PRIMARY KEY,
-- both
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    endpoint_id {uuid} NOT NULL,
    event_id {uuid} NOT NULL,
    event_type {text} NOT NULL,
    occurred_at {time} NOT NULL,
    contact_id {uuid},
    phone {text},
    subject {json} NOT NULL,
    body {text},
    is_broad {bool} NOT NULL,
    erasure_count INTEGER NOT NULL,
    status {text} NOT NULL,
    attempt_count INTEGER NOT NULL,
    due_at {time},
    retry_until {time} NOT NULL,
    response_status INTEGER,
    response_body {text},
    error {text},
    duration_ms INTEGER,
    last_attempt_at {time},
    created_at {time} NOT NULL,
-- only postgres
    PRIMARY KEY (account_id, id)
-- only sqlite
    UNIQUE (account_id, id)
-- both
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (account_id, endpoint_id, due_at, position)
    WHERE status = 'PENDING';
CREATE INDEX webhook_delivery_newest ON webhook_delivery (account_id, endpoint_id, position);
CREATE INDEX webhook_delivery_event ON webhook_delivery (account_id, event_id, endpoint_id);
CREATE INDEX webhook_delivery_contact ON webhook_delivery (account_id, contact_id, endpoint_id, position)
    WHERE contact_id IS NOT NULL;
CREATE INDEX webhook_delivery_phone ON webhook_delivery (account_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX webhook_delivery_broad ON webhook_delivery (account_id, created_at) WHERE is_broad AND body IS NOT NULL;
CREATE INDEX webhook_delivery_created_at ON webhook_delivery (created_at);
