-- The use of the API by accounts on each day in UTC: services/accounts/usage.py.
CREATE TABLE account_usage (
    account_id {uuid} NOT NULL REFERENCES account (id),
    day {text} NOT NULL,
    contacts INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (account_id, day)
);
