-- Search: services/contacts/search.py and custom_variables.py use the same expressions.
-- only postgres
CREATE INDEX contact_search ON contact USING gin (
    (replace(replace(replace(replace(search_text, ' ', 'ϣ'), '.', 'ϥ'), '@', 'ϧ'), '-', 'ϫ')) gin_trgm_ops, account_id
);
CREATE INDEX contact_search_characters ON contact USING gin (
    (string_to_array(translate(search_text, 'abcdefghiklmnoprstuvwy0123456789+@. ' || chr(10), ''), NULL)), account_id
);
CREATE INDEX contact_search_unforeseen ON contact (account_id, id)
WHERE replace(replace(replace(replace(search_text, ' ', 'ϣ'), '.', 'ϥ'), '@', 'ϧ'), '-', 'ϫ') ~ '([a-z0-9]|[a-z0-9ϣϥϧϫ][ϣϥϧϫ])[^ϣϥϧϫ -@\[-~\n]';
CREATE INDEX contact_variables ON contact USING gin (
    (lower(custom_variables::text COLLATE "C")) gin_trgm_ops, account_id
) WHERE custom_variables <> '{}';
-- only sqlite
INSERT INTO contact_search (contact_search) VALUES ('rebuild');
CREATE TRIGGER contact_search_update AFTER UPDATE OF search_text ON contact
WHEN old.search_text IS NOT new.search_text BEGIN
    INSERT INTO contact_search (contact_search, rowid, search_text)
        VALUES ('delete', old.search_rowid, old.search_text || char(10, 10));
    INSERT INTO contact_search (rowid, search_text) VALUES (new.search_rowid, new.search_text || char(10, 10));
END;
CREATE VIEW contact_with_variables AS
    SELECT search_rowid, custom_variables FROM contact WHERE custom_variables <> '{}';
CREATE VIRTUAL TABLE contact_variables USING fts5 (
    custom_variables, content = 'contact_with_variables', content_rowid = 'search_rowid',
    tokenize = 'trigram', detail = 'full'
);
INSERT INTO contact_variables (contact_variables) VALUES ('rebuild');
CREATE TRIGGER contact_variables_insert AFTER INSERT ON contact WHEN new.custom_variables <> '{}' BEGIN
    INSERT INTO contact_variables (rowid, custom_variables) VALUES (new.search_rowid, new.custom_variables);
END;
CREATE TRIGGER contact_variables_delete AFTER DELETE ON contact WHEN old.custom_variables <> '{}' BEGIN
    INSERT INTO contact_variables (contact_variables, rowid, custom_variables)
        VALUES ('delete', old.search_rowid, old.custom_variables);
END;
CREATE TRIGGER contact_variables_update AFTER UPDATE OF custom_variables ON contact
WHEN old.custom_variables IS NOT new.custom_variables BEGIN
    INSERT INTO contact_variables (contact_variables, rowid, custom_variables)
        SELECT 'delete', old.search_rowid, old.custom_variables WHERE old.custom_variables <> '{}';
    INSERT INTO contact_variables (rowid, custom_variables)
        SELECT new.search_rowid, new.custom_variables WHERE new.custom_variables <> '{}';
END;
-- both
CREATE INDEX contact_company_name ON contact (account_id, company_name) WHERE company_name IS NOT NULL;
