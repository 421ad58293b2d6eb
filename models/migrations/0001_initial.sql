-- Tables of an account: account_id leads every key, so that no row can point into another account.
-- only postgres
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
-- both

CREATE TABLE account (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    default_region {text},
    phone_policy {text} NOT NULL,
    network_check {text} NOT NULL,
    contact_protection_hours INTEGER NOT NULL,
    trash_retention_days INTEGER NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
);

CREATE TABLE account_user (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    email {text} NOT NULL,
    email_key {text} NOT NULL,
    name {text} NOT NULL,
    role {text} NOT NULL,
    is_active {bool} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX account_user_email ON account_user (account_id, email_key);

CREATE TABLE api_token (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    user_id {uuid},
    name {text} NOT NULL,
    scopes {texts} NOT NULL,
    secret_hash {text} NOT NULL,
    created_at {time} NOT NULL,
    expires_at {time},
    last_used_at {time},
    revoked_at {time},
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, user_id) REFERENCES account_user (account_id, id)
);
CREATE INDEX api_token_secret ON api_token (secret_hash);

CREATE TABLE job (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    kind {text} NOT NULL,
    status {text} NOT NULL,
    input {json} NOT NULL,
    checkpoint {json} NOT NULL,
    row_count BIGINT,
    done_row_count BIGINT NOT NULL,
    summary {json},
    columns {json} NOT NULL,
    error {json},
    is_dry_run {bool} NOT NULL,
    file_name {text},
    contact_list_id {uuid},
    created_by_id {uuid},
    leased_until {time},
    created_at {time} NOT NULL,
    started_at {time},
    finished_at {time},
    PRIMARY KEY (account_id, id)
);
CREATE INDEX job_waiting ON job (created_at) WHERE status IN ('QUEUED', 'RUNNING');

CREATE TABLE job_row_error (
    account_id {uuid} NOT NULL,
    job_id {uuid} NOT NULL,
    line BIGINT NOT NULL,
    position INTEGER NOT NULL,
    code {text} NOT NULL,
    "column" {text},
    value {text},
    message {text} NOT NULL,
    suggestion {text},
    is_rejected {bool} NOT NULL,
    PRIMARY KEY (account_id, job_id, line, position),
    FOREIGN KEY (account_id, job_id) REFERENCES job (account_id, id) ON DELETE CASCADE
);

CREATE TABLE contact (
-- only sqlite
    search_rowid INTEGER PRIMARY KEY,  -- what contact_search names a row by; a rowid without a name may change
-- both
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    phone {text} NOT NULL,
    first_name {text},
    last_name {text},
    name {text},
    full_name {text},
    email {text},
    company_name {text},
    notes {text},
    tags {texts} NOT NULL,
    custom_variables {json} NOT NULL,
    external_id {text},
    sender_number {text},
    verified_at {time},
    status {text} NOT NULL,
    invalid_reason {text},
    operator {text},
    operator_country {text},
    country {text},
    time_zones {texts} NOT NULL,
    owner_id {uuid},
    owned_at {time},
    last_inbound_at {time},
    last_outbound_at {time},
    imported_by_job_id {uuid},
    search_text {text} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    deleted_at {time},
    purge_at {time},
-- only postgres
    PRIMARY KEY (account_id, id),
-- only sqlite
    UNIQUE (account_id, id),
-- both
    FOREIGN KEY (account_id, owner_id) REFERENCES account_user (account_id, id),
    CHECK ((deleted_at IS NULL) = (purge_at IS NULL)),
    CHECK ((owner_id IS NULL) = (owned_at IS NULL))
);
CREATE UNIQUE INDEX contact_phone ON contact (account_id, phone) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX contact_external_id ON contact (account_id, external_id)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL;
CREATE INDEX contact_trashed_phone ON contact (account_id, phone, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX contact_created_at ON contact (account_id, created_at, id);
CREATE INDEX contact_updated_at ON contact (account_id, updated_at, id);
CREATE INDEX contact_full_name ON contact (account_id, (full_name IS NULL), coalesce(lower(full_name), ''), id);
-- only postgres
CREATE INDEX contact_last_inbound_at ON contact (account_id, coalesce(last_inbound_at, '-infinity'), id);
CREATE INDEX contact_last_outbound_at ON contact (account_id, coalesce(last_outbound_at, '-infinity'), id);
-- only sqlite
CREATE INDEX contact_last_inbound_at ON contact (account_id, coalesce(last_inbound_at, ''), id);
CREATE INDEX contact_last_outbound_at ON contact (account_id, coalesce(last_outbound_at, ''), id);
-- both
CREATE INDEX contact_owner ON contact (account_id, owner_id, created_at, id) WHERE owner_id IS NOT NULL;
CREATE INDEX contact_deleted_at ON contact (account_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX contact_purge_at ON contact (purge_at) WHERE purge_at IS NOT NULL;
CREATE INDEX contact_import ON contact (account_id, imported_by_job_id) WHERE imported_by_job_id IS NOT NULL;
-- only postgres
CREATE INDEX contact_search ON contact USING gin (account_id, search_text gin_trgm_ops);
CREATE INDEX contact_tags ON contact USING gin (account_id, tags);
-- only sqlite
CREATE VIRTUAL TABLE contact_search USING fts5 (
    search_text, content = 'contact', content_rowid = 'search_rowid', tokenize = 'trigram', detail = 'full'
);
CREATE TRIGGER contact_search_insert AFTER INSERT ON contact BEGIN
    INSERT INTO contact_search (rowid, search_text) VALUES (new.search_rowid, new.search_text);
END;
CREATE TRIGGER contact_search_delete AFTER DELETE ON contact BEGIN
    INSERT INTO contact_search (contact_search, rowid, search_text)
        VALUES ('delete', old.search_rowid, old.search_text);
END;
CREATE TRIGGER contact_search_update AFTER UPDATE OF search_text ON contact
WHEN old.search_text IS NOT new.search_text BEGIN
    INSERT INTO contact_search (contact_search, rowid, search_text)
        VALUES ('delete', old.search_rowid, old.search_text);
    INSERT INTO contact_search (rowid, search_text) VALUES (new.search_rowid, new.search_text);
END;
-- both

CREATE TABLE contact_assignee (
    account_id {uuid} NOT NULL,
    contact_id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    PRIMARY KEY (account_id, contact_id, user_id),
    FOREIGN KEY (account_id, contact_id) REFERENCES contact (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES account_user (account_id, id)
);
CREATE INDEX contact_assignee_user ON contact_assignee (account_id, user_id, contact_id);

CREATE TABLE tag (
    account_id {uuid} NOT NULL REFERENCES account (id),
    name {text} NOT NULL,
    contact_count INTEGER NOT NULL,
    PRIMARY KEY (account_id, name)
);

CREATE TABLE contact_list (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    description {text},
    contact_count INTEGER NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX contact_list_name ON contact_list (account_id, name_key);

CREATE TABLE contact_list_member (
    account_id {uuid} NOT NULL,
    contact_list_id {uuid} NOT NULL,
    contact_id {uuid} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (account_id, contact_list_id, contact_id),
    FOREIGN KEY (account_id, contact_list_id) REFERENCES contact_list (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, contact_id) REFERENCES contact (account_id, id) ON DELETE CASCADE
);
CREATE INDEX contact_list_member_contact ON contact_list_member (account_id, contact_id, contact_list_id);

CREATE TABLE opt_out (
    account_id {uuid} NOT NULL REFERENCES account (id),
    phone {text} NOT NULL,
    is_opted_out {bool} NOT NULL,
    source {text} NOT NULL,
    reason {text},
    changed_at {time} NOT NULL,
    changed_by_id {uuid},
    PRIMARY KEY (account_id, phone),
    FOREIGN KEY (account_id, changed_by_id) REFERENCES account_user (account_id, id)
);
CREATE INDEX opt_out_changed_at ON opt_out (account_id, changed_at, phone);

CREATE TABLE consent_event (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    phone {text} NOT NULL,
    is_opted_out {bool} NOT NULL,
    source {text} NOT NULL,
    reason {text},
    user_id {uuid},
    token_id {uuid},
    occurred_at {time} NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX consent_event_phone ON consent_event (account_id, phone, occurred_at);

CREATE TABLE campaign (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    name {text} NOT NULL,
    description {text},
    channel {text} NOT NULL,
    status {text} NOT NULL,
    scheduled_at {time},
    contact_count INTEGER NOT NULL,
    created_by_id {uuid},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, created_by_id) REFERENCES account_user (account_id, id)
);

CREATE TABLE campaign_list (
    account_id {uuid} NOT NULL,
    campaign_id {uuid} NOT NULL,
    contact_list_id {uuid} NOT NULL,
    PRIMARY KEY (account_id, campaign_id, contact_list_id),
    FOREIGN KEY (account_id, campaign_id) REFERENCES campaign (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, contact_list_id) REFERENCES contact_list (account_id, id) ON DELETE CASCADE
);
CREATE INDEX campaign_list_list ON campaign_list (account_id, contact_list_id);

CREATE TABLE campaign_segment (
    account_id {uuid} NOT NULL,
    campaign_id {uuid} NOT NULL,
    segment_id {text} NOT NULL,
    scheduled_date {time},
    contact_count INTEGER NOT NULL,
    PRIMARY KEY (account_id, campaign_id, segment_id),
    FOREIGN KEY (account_id, campaign_id) REFERENCES campaign (account_id, id) ON DELETE CASCADE
);

CREATE TABLE campaign_contact (
    account_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    campaign_id {uuid} NOT NULL,
    contact_id {uuid} NOT NULL,
    name {text},
    context {text},
    extracted_data {json} NOT NULL,
    external_id {text},
    assignee_id {uuid},
    segment_id {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, campaign_id) REFERENCES campaign (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, contact_id) REFERENCES contact (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, assignee_id) REFERENCES account_user (account_id, id)
);
CREATE UNIQUE INDEX campaign_contact_once ON campaign_contact (account_id, campaign_id, contact_id);
CREATE INDEX campaign_contact_added ON campaign_contact (account_id, campaign_id, id);
CREATE INDEX campaign_contact_contact ON campaign_contact (account_id, contact_id, campaign_id);

CREATE TABLE message (
    account_id {uuid} NOT NULL REFERENCES account (id),
    id {uuid} NOT NULL,
    phone {text} NOT NULL,
    campaign_id {uuid},
    user_id {uuid},
    direction {text} NOT NULL,
    status {text} NOT NULL,
    kind {text} NOT NULL,
    channel {text} NOT NULL,
    body {text},
    external_id {text},
    occurred_at {time} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, user_id) REFERENCES account_user (account_id, id)
);
CREATE UNIQUE INDEX message_external_id ON message (account_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX message_phone ON message (account_id, phone, occurred_at, id);
CREATE INDEX message_occurred_at ON message (account_id, occurred_at, id);
CREATE INDEX message_campaign ON message (account_id, campaign_id, occurred_at, id) WHERE campaign_id IS NOT NULL;

CREATE TABLE phone_history (
    account_id {uuid} NOT NULL REFERENCES account (id),
    phone {text} NOT NULL,
    last_inbound_at {time},
    last_outbound_at {time},
    PRIMARY KEY (account_id, phone)
);
