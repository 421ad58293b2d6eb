-- Reviews of a campaign's audience, for a day.

CREATE TABLE campaign_review (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    campaign_id {uuid},
    people {json} NOT NULL,
    segments {json} NOT NULL,
    counts {json} NOT NULL,
    directory {text} NOT NULL,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, campaign_id) REFERENCES campaign (account_id, id) ON DELETE CASCADE
);
CREATE INDEX campaign_review_expires_at ON campaign_review (expires_at);
CREATE INDEX campaign_review_campaign ON campaign_review (account_id, campaign_id) WHERE campaign_id IS NOT NULL;

-- JSON as text: what a caller's row held is given back as it came, which neither database's own JSON promises.
CREATE TABLE campaign_review_part (
    account_id {uuid} NOT NULL,
    review_id {uuid} NOT NULL,
    bucket {text} NOT NULL,
    number INTEGER NOT NULL,
    entries {text} NOT NULL,
    PRIMARY KEY (account_id, review_id, bucket, number),
    FOREIGN KEY (account_id, review_id) REFERENCES campaign_review (account_id, id) ON DELETE CASCADE
);
-- only postgres
-- It lives for a day: packing it would cost more time than it saves room.
ALTER TABLE campaign_review_part ALTER COLUMN entries SET STORAGE EXTERNAL;
ALTER TABLE campaign_review ALTER COLUMN directory SET STORAGE EXTERNAL;
