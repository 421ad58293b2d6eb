-- The account's own keywords.

-- only postgres
ALTER TABLE account ADD COLUMN opt_out_keywords {texts} NOT NULL DEFAULT '{}';
ALTER TABLE account ADD COLUMN opt_in_keywords {texts} NOT NULL DEFAULT '{}';
-- only sqlite
ALTER TABLE account ADD COLUMN opt_out_keywords {texts} NOT NULL DEFAULT '[]';
ALTER TABLE account ADD COLUMN opt_in_keywords {texts} NOT NULL DEFAULT '[]';
-- both

-- Inbound messages that contain a keyword and are none. The index has every column of its condition, so that SQLite counts
-- with it alone.
ALTER TABLE message ADD COLUMN needs_review {bool} NOT NULL DEFAULT FALSE;
CREATE INDEX message_needs_review ON message (account_id, occurred_at, id, phone, needs_review)
    WHERE needs_review AND phone <> '';
