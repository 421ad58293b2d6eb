-- Names without regard to case, by which campaigns and users are searched.

ALTER TABLE campaign ADD COLUMN name_key {text} NOT NULL DEFAULT '';
ALTER TABLE account_user ADD COLUMN name_key {text} NOT NULL DEFAULT '';
