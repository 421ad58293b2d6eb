-- The history of contacts. What other tables know is read from them: consent events, memberships, campaigns, messages.

-- The creation of a contact: the user, the token, and the line of the imported file.
ALTER TABLE contact ADD COLUMN created_by_id {uuid};
ALTER TABLE contact ADD COLUMN created_by_token_id {uuid};
ALTER TABLE contact ADD COLUMN import_line INTEGER;

ALTER TABLE consent_event ADD COLUMN job_id {uuid};

-- Changes of one contact by a mutation.
CREATE TABLE contact_history (
    account_id {uuid} NOT NULL,
    contact_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    action {text} NOT NULL,
    changes {json},
    contact_list_id {uuid},
    campaign_id {uuid},
    user_id {uuid},
    token_id {uuid},
    occurred_at {time} NOT NULL,
    PRIMARY KEY (account_id, contact_id, occurred_at, id),
    FOREIGN KEY (account_id, contact_id) REFERENCES contact (account_id, id) ON DELETE CASCADE
);

-- Changes of several contacts by a mutation, or by a batch of a job.
CREATE TABLE bulk_change (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    action {text} NOT NULL,
    contact_list_id {uuid},
    campaign_id {uuid},
    job_id {uuid},
    user_id {uuid},
    token_id {uuid},
    occurred_at {time} NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX bulk_change_occurred_at ON bulk_change (account_id, occurred_at, contact_list_id, campaign_id);

-- The contacts of these changes. A foreign key would take longer than the rest of the insertion.
CREATE TABLE bulk_change_contact (
    account_id {uuid} NOT NULL,
    contact_id {uuid} NOT NULL,
    bulk_change_id {uuid} NOT NULL,
    PRIMARY KEY (account_id, contact_id, bulk_change_id)
);
-- only postgres
-- Rows are appended in the order of their changes, so this small index finds the oldest ones.
CREATE INDEX bulk_change_contact_age ON bulk_change_contact USING brin (bulk_change_id);
-- both
