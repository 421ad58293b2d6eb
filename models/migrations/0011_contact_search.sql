-- Search: what services.contact_search asks for is said there in the very same words.
-- only postgres
-- The text ahead of the account: where it is the other way round, nearly all of a large account is read for each text.
DROP INDEX contact_search;
CREATE INDEX contact_search ON contact USING gin (search_text gin_trgm_ops, account_id);
-- Of the characters that few texts hold, those that a text holds.
CREATE INDEX contact_search_characters ON contact USING gin (
    (string_to_array(translate(search_text, 'abcdefghiklmnoprstuvwy0123456789+@. ' || chr(10), ''), NULL)), account_id
);
-- Those in which something unforeseen stands behind a letter or digit.
CREATE INDEX contact_search_unforeseen ON contact (account_id, id)
WHERE search_text ~ '[a-z0-9][^ -@\[-~\nà-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżžơưșțɓɗƙƴ]';
