-- What an import noticed and decided about its file.

ALTER TABLE job ADD COLUMN warnings {json} NOT NULL DEFAULT '[]';
ALTER TABLE job ADD COLUMN encoding {text};
ALTER TABLE job ADD COLUMN delimiter {text};
ALTER TABLE job ADD COLUMN header_line BIGINT;
ALTER TABLE job ADD COLUMN sheet {text};
ALTER TABLE job ADD COLUMN sheets {json} NOT NULL DEFAULT '[]';

-- The row as people see it, where it differs from the line.
ALTER TABLE job_row_error ADD COLUMN row_number BIGINT;
