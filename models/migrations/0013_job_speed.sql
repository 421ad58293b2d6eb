-- Since when, and from which row on, the worker that has a job now does it: its speed is of this time alone.

ALTER TABLE job ADD COLUMN taken_up_at {time};
ALTER TABLE job ADD COLUMN taken_up_row_count BIGINT NOT NULL DEFAULT 0;
