-- How the account reads digits that are a number only with a plus.
ALTER TABLE account ADD COLUMN digits_only_numbers {text} NOT NULL DEFAULT 'INTERNATIONAL';

-- The number as given, where it is compared in another form: services.phones.numbers.identity.
ALTER TABLE contact ADD COLUMN given_phone {text};
ALTER TABLE message ADD COLUMN given_phone {text};
