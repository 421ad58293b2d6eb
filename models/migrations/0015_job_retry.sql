-- When a job is to be tried again after a temporary failure, and since when it has been failing.

ALTER TABLE job ADD COLUMN retry_at {time};
ALTER TABLE job ADD COLUMN failing_since {time};

-- Finished jobs are deleted in the order in which they finished.
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
