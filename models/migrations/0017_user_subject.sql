-- The user's ID at the operator's identity provider, by which JWTs name the user.

ALTER TABLE account_user ADD COLUMN subject {text};
CREATE UNIQUE INDEX account_user_subject ON account_user (account_id, subject) WHERE subject IS NOT NULL;
