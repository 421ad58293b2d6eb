-- Search: services/contacts/search.py uses the same expressions.
-- only postgres
-- An operator can create this index in advance, CONCURRENTLY: docs/operating.md.
CREATE INDEX IF NOT EXISTS contact_search_text ON contact USING gin (
    (replace(replace(replace(replace(replace(E'\n' || search_text || E'\n', E'\n' || phone || E'\n', E'\n'), ' ', 'ϣ'), '.', 'ϥ'), '@', 'ϧ'), '-', 'ϫ')) gin_trgm_ops,
    ((ARRAY[substr(phone, 2, 5), substr(phone, 3, 5), substr(phone, 4, 5), substr(phone, 5, 5), substr(phone, 6, 5), substr(phone, 7, 5), substr(phone, 8, 5), substr(phone, 9, 5), substr(phone, 10, 5), substr(phone, 11, 5), substr(phone, 12, 5)])[:length(phone) - 5]),
    account_id
);
DROP INDEX contact_search;
DROP INDEX contact_search_characters;
DROP INDEX contact_search_unforeseen;
CREATE INDEX contact_search_characters ON contact USING gin (
    (string_to_array(regexp_replace(search_text, '[abcdefghiklmnoprstuvwy0123456789+@. \n]+', '', 'g'), NULL)), account_id
);
CREATE INDEX contact_search_unforeseen ON contact (account_id, id)
WHERE replace(replace(replace(replace(replace(E'\n' || search_text || E'\n', E'\n' || phone || E'\n', E'\n'), ' ', 'ϣ'), '.', 'ϥ'), '@', 'ϧ'), '-', 'ϫ') ~ '([a-z0-9]|[a-z0-9ϣϥϧϫ][ϣϥϧϫ])[^ϣϥϧϫ -@\[-~\n]';
-- both
