-- An account's own rows of the table of operators.

CREATE TABLE operator_prefix (
    account_id {uuid} NOT NULL REFERENCES account (id),
    prefix {text} NOT NULL,
    operator {text} NOT NULL,
    country {text},
    created_at {time} NOT NULL,
    PRIMARY KEY (account_id, prefix)
);
