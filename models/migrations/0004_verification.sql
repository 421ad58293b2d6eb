CREATE TABLE verification (
    account_id {uuid} NOT NULL REFERENCES account (id),
    phone {text} NOT NULL,
    requested_at {time},
    revoked_at {time},
    PRIMARY KEY (account_id, phone)
);

ALTER TABLE opt_out ADD COLUMN last_stop_at {time};
