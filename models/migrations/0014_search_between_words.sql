-- Search: what services.contact_search asks for is said there in the very same words.
-- only postgres
-- Trigrams across words: what stands between them is put as letters.
DROP INDEX contact_search;
CREATE INDEX contact_search ON contact USING gin (
    (replace(replace(replace(replace(search_text, ' ', 'ϣ'), '.', 'ϥ'), '@', 'ϧ'), '-', 'ϫ')) gin_trgm_ops, account_id
);
-- Those in which something unforeseen stands behind a letter or digit, or behind what is put as one.
DROP INDEX contact_search_unforeseen;
CREATE INDEX contact_search_unforeseen ON contact (account_id, id)
WHERE replace(replace(replace(replace(search_text, ' ', 'ϣ'), '.', 'ϥ'), '@', 'ϧ'), '-', 'ϫ') ~ '([a-z0-9]|[a-z0-9ϣϥϧϫ][ϣϥϧϫ])[^ϣϥϧϫ -@\[-~\nà-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżžơưșțɓɗƙƴ]';
