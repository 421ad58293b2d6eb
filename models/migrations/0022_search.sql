-- Search: the next step folds the texts without accents. Creating an index is faster than updating it.
-- only postgres
DROP INDEX contact_search;
DROP INDEX contact_search_characters;
DROP INDEX contact_search_unforeseen;
-- only sqlite
DROP TRIGGER contact_search_update;
-- both

-- The number of contacts outside the trash that have a custom variable with a label: services/contacts/value_counts.py.
CREATE TABLE custom_variable_label (
    account_id {uuid} NOT NULL REFERENCES account (id),
    label {text} NOT NULL,
    contact_count INTEGER NOT NULL,
    PRIMARY KEY (account_id, label)
);
INSERT INTO custom_variable_label (account_id, label, contact_count)
SELECT contact.account_id, label.key, count(*)
-- only postgres
FROM contact CROSS JOIN jsonb_object_keys(contact.custom_variables) AS label(key)
-- only sqlite
FROM contact CROSS JOIN json_each(contact.custom_variables) AS label
-- both
WHERE contact.deleted_at IS NULL GROUP BY contact.account_id, label.key;
