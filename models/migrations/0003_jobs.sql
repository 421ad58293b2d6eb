-- What a worker holds a job by, and the files that come and go with it.

-- both
ALTER TABLE job ADD COLUMN task {text} NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN lease_id {uuid};
ALTER TABLE job ADD COLUMN failure_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN output_name {text};
ALTER TABLE job ADD COLUMN output_type {text};
ALTER TABLE job ADD COLUMN output_size BIGINT;
ALTER TABLE job ADD COLUMN output_key {text};

-- A file in pieces of the same size. No foreign key: an upload is kept before its job is.
CREATE TABLE job_file (
    account_id {uuid} NOT NULL REFERENCES account (id),
    job_id {uuid} NOT NULL,
    role {text} NOT NULL,
    position INTEGER NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (account_id, job_id, role, position)
);
-- only postgres
-- Out of line and as it is: most of what is kept is compressed already, or read once.
ALTER TABLE job_file ALTER COLUMN content SET STORAGE EXTERNAL;
-- both
