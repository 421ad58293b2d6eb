-- SQLite's index is of trigrams. With two line ends behind each text any character of it begins one, so that a shorter
-- text is found by the trigrams that begin with it; contact_search_terms tells which there are.
-- only sqlite
DROP TRIGGER contact_search_insert;
DROP TRIGGER contact_search_delete;
DROP TRIGGER contact_search_update;
DROP TABLE contact_search;
CREATE VIEW contact_searched AS SELECT search_rowid, search_text || char(10, 10) AS search_text FROM contact;
CREATE VIRTUAL TABLE contact_search USING fts5 (
    search_text, content = 'contact_searched', content_rowid = 'search_rowid', tokenize = 'trigram', detail = 'full'
);
INSERT INTO contact_search (contact_search) VALUES ('rebuild');
CREATE VIRTUAL TABLE contact_search_terms USING fts5vocab ('contact_search', 'row');
CREATE TRIGGER contact_search_insert AFTER INSERT ON contact BEGIN
    INSERT INTO contact_search (rowid, search_text) VALUES (new.search_rowid, new.search_text || char(10, 10));
END;
CREATE TRIGGER contact_search_delete AFTER DELETE ON contact BEGIN
    INSERT INTO contact_search (contact_search, rowid, search_text)
        VALUES ('delete', old.search_rowid, old.search_text || char(10, 10));
END;
CREATE TRIGGER contact_search_update AFTER UPDATE OF search_text ON contact
WHEN old.search_text IS NOT new.search_text BEGIN
    INSERT INTO contact_search (contact_search, rowid, search_text)
        VALUES ('delete', old.search_rowid, old.search_text || char(10, 10));
    INSERT INTO contact_search (rowid, search_text) VALUES (new.search_rowid, new.search_text || char(10, 10));
END;
