-- The accounts with work, on a Citus cluster only, where it stays on the coordinator.
CREATE TABLE account_queue (
    account_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    queue {text} NOT NULL,
    due_at {time} NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX account_queue_due ON account_queue (queue, due_at);
