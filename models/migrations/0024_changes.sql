-- The change log, from which clients synchronize their copies.
-- SQLite has one sequence of positions for all accounts, because a second key would double the cost of the insertions.
-- There, an instant is in seconds since 1970: making its text would take a third of the time of an insertion.

CREATE TABLE change (
-- only sqlite
    position INTEGER NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL,
-- only postgres
    account_id {uuid} NOT NULL,
    position BIGINT NOT NULL,
-- both
    kind SMALLINT NOT NULL,
    object_id {uuid} NOT NULL,
-- only sqlite
    changed_at INTEGER NOT NULL
-- only postgres
    changed_at {time} NOT NULL,
    PRIMARY KEY (account_id, position, kind, object_id)
-- both
);

ALTER TABLE account ADD COLUMN change_epoch {text} NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN change_horizon BIGINT NOT NULL DEFAULT 0;
-- only sqlite
-- A backup of an earlier version that is restored and migrated gets other epochs.
UPDATE account SET change_epoch = lower(hex(randomblob(8)));
-- both
