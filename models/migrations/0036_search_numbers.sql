-- Search: services/contacts/search.py uses the same expressions.
-- only postgres
-- An operator can create this index in advance, CONCURRENTLY: docs/operating.md.
CREATE INDEX IF NOT EXISTS contact_search_text ON contact USING gin (
    (replace(replace(replace(replace(replace(E'\n' || search_text || E'\n', E'\n' || phone || E'\n', E'\n'), ' ', 'ϣ'), '.', 'ϥ'), '@', 'ϧ'), '-', 'ϫ')) gin_trgm_ops,
    ((ARRAY[phone::bigint / 1 % 100000, phone::bigint / 10 % 100000, phone::bigint / 100 % 100000, phone::bigint / 1000 % 100000, phone::bigint / 10000 % 100000, phone::bigint / 100000 % 100000, phone::bigint / 1000000 % 100000, phone::bigint / 10000000 % 100000, phone::bigint / 100000000 % 100000, phone::bigint / 1000000000 % 100000, phone::bigint / 10000000000 % 100000]::int[])[:length(phone) - 5]),
    account_id
);
DO $$ BEGIN IF EXISTS (SELECT FROM pg_index WHERE indexrelid = 'contact_search_text'::regclass AND NOT indisvalid) THEN RAISE EXCEPTION 'The index contact_search_text is invalid. Drop it and repeat the migration.'; END IF; END $$;
DROP INDEX contact_search;
DROP INDEX contact_search_characters;
DROP INDEX contact_search_unforeseen;
CREATE INDEX contact_search_digits ON contact USING gin (
    (replace(replace(replace(replace(replace(E'\n' || search_text || E'\n', E'\n' || phone || E'\n', E'\n'), ' ', 'ϣ'), '.', 'ϥ'), '@', 'ϧ'), '-', 'ϫ')) gin_trgm_ops, account_id
) WHERE replace(replace(replace(replace(replace(E'\n' || search_text || E'\n', E'\n' || phone || E'\n', E'\n'), ' ', 'ϣ'), '.', 'ϥ'), '@', 'ϧ'), '-', 'ϫ') ~ '[0-9]{5}';
CREATE INDEX contact_search_characters ON contact USING gin (
    (string_to_array(regexp_replace(search_text, '[abcdefghiklmnoprstuvwy0123456789+@. \n]+', '', 'g'), NULL)), account_id
);
CREATE INDEX contact_search_unforeseen ON contact (account_id, id)
WHERE replace(replace(replace(replace(replace(E'\n' || search_text || E'\n', E'\n' || phone || E'\n', E'\n'), ' ', 'ϣ'), '.', 'ϥ'), '@', 'ϧ'), '-', 'ϫ') ~ '([a-z0-9]|[a-z0-9ϣϥϧϫ][ϣϥϧϫ])[^ϣϥϧϫ -@\[-~\n]';
DO $$ BEGIN IF EXISTS (SELECT 1 FROM contact) THEN ANALYZE contact; END IF; END $$;
-- both
