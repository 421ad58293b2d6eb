-- only sqlite
-- Each update of a contact writes a row. Without row ids, it writes one B-tree instead of two.
CREATE TABLE contact_history_by_key (
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
) WITHOUT ROWID;
INSERT INTO contact_history_by_key SELECT * FROM contact_history;
DROP TABLE contact_history;
ALTER TABLE contact_history_by_key RENAME TO contact_history;
-- both
