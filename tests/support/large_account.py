"""Makes the account of `tests.support.relations.fill` large: thousands of rows more in every table that grows with use.

They come behind the rows that `fill` made in every order of a page, so that pages stay the same.
"""

import re
from datetime import timedelta

from models.db import database
from tests.support.api_client import MONDAY, Api
from tests.support.rows import insert_contacts, uuid_of

EARLIER = MONDAY - timedelta(days=1)
# Each statement makes a row out of each new contact `c`. $1: the account; $2: Zoe, who owns them; $3, $4 and $5: a
# list, a campaign and a job that are on the pages.
_STATEMENTS = {
    "contact_list": "(account_id, id, name, name_key, contact_count, created_at, updated_at) "
    "SELECT $1, c.id, 'Z' || c.phone, 'z' || c.phone, 0, c.created_at, c.created_at",
    "account_user": "(account_id, id, email, email_key, name, name_key, role, is_active, created_at, updated_at) "
    "SELECT $1, c.id, c.phone, c.phone, 'Zo' || c.phone, 'zo' || c.phone, 'AGENT', TRUE, c.created_at, c.created_at",
    "api_token": "(account_id, id, user_id, name, scopes, secret_hash, created_at) "
    "SELECT $1, c.id, $2, 'z', {no_texts}, c.phone, c.created_at",
    "tag": "(account_id, name, contact_count) SELECT $1, 'z' || c.phone, 1",
    "opt_out": "(account_id, phone, is_opted_out, source, changed_at, changed_by_id) "
    "SELECT $1, c.phone, TRUE, 'API', c.created_at, $2",
    "consent_event": "(account_id, id, phone, is_opted_out, source, user_id, occurred_at) "
    "SELECT $1, c.id, c.phone, TRUE, 'API', $2, c.created_at",
    "contact_history": "(account_id, contact_id, id, action, user_id, occurred_at) "
    "SELECT $1, c.id, c.id, 'UPDATE', $2, c.created_at",
    "bulk_change": "(account_id, id, action, contact_list_id, user_id, occurred_at) "
    "SELECT $1, c.id, 'TAG', $3, $2, c.created_at",
    "bulk_change_contact": "(account_id, contact_id, bulk_change_id) SELECT $1, c.id, c.id",
    "campaign": "(account_id, id, name, name_key, channel, status, contact_count, created_at, updated_at, "
    "created_by_id) SELECT $1, c.id, 'Z', 'z', 'SMS', 'DRAFT', 0, c.created_at, c.created_at, $2",
    "campaign_list": "(account_id, campaign_id, contact_list_id) SELECT $1, c.id, $3",
    "campaign_segment": "(account_id, campaign_id, segment_id, contact_count) SELECT $1, c.id, 'a', 1",
    "campaign_review": "(account_id, id, campaign_id, people, segments, counts, directory, created_at, expires_at) "
    "SELECT $1, c.id, $4, '[]', '[]', '{}', '', c.created_at, '2030-01-01 00:00:00+00:00'",
    "campaign_review_part": "(account_id, review_id, bucket, number, entries) SELECT $1, c.id, 'NEW', 0, '[]'",
    "job": "(account_id, id, kind, status, input, checkpoint, done_row_count, columns, is_dry_run, created_at) "
    "SELECT $1, c.id, 'IMPORT', 'COMPLETED', '{}', '{}', 0, '[]', FALSE, c.created_at",
    "job_row_error": "(account_id, job_id, line, position, code, message, is_rejected) "
    "SELECT $1, $5, 1000 + CAST(substr(c.phone, 9) AS integer), 0, 'INVALID_PHONE_NUMBER', 'No.', TRUE",
    "contact_list_member": "(account_id, contact_list_id, contact_id, created_at) SELECT $1, $3, c.id, c.created_at",
    "contact_assignee": "(account_id, contact_id, user_id) SELECT $1, c.id, $2",
    "campaign_contact": "(account_id, id, campaign_id, contact_id, extracted_data, created_at, updated_at, "
    "assignee_id) SELECT $1, c.id, $4, c.id, '{}', c.created_at, c.created_at, $2",
    "message": "(account_id, id, phone, campaign_id, user_id, direction, status, kind, channel, occurred_at, "
    "created_at) SELECT $1, c.id, c.phone, $4, $2, 'OUTBOUND', 'SENT', 'CONVERSATION', 'SMS', c.created_at, "
    "c.created_at",
}


async def add_rows(api: Api, count: int, *, start: int, list_id: str, campaign: str, job: str) -> None:
    """The new contacts are on this list and in this campaign, and the job has an error for each."""
    phones = [f"{_PREFIX}{number:05}" for number in range(start, start + count)]
    zoe = uuid_of((await api.make_user(f"Zoe{start}"))[0])
    tied_to = [uuid_of(id) for id in (list_id, campaign, job)]
    is_new = f"c.phone BETWEEN '{phones[0]}' AND '{phones[-1]}'"
    async with database.transaction():
        await insert_contacts(api, [{"phone": phone, "created_at": EARLIER} for phone in phones])
        await database.execute(f"UPDATE contact AS c SET owner_id = $1, owned_at = $2 WHERE {is_new}", zoe, MONDAY)
        no_texts = "'{}'" if database.is_postgres() else "'[]'"
        for table, template in _STATEMENTS.items():
            statement = template.replace("{no_texts}", no_texts)
            used = sorted(set(re.findall(r"\$(\d)", statement)))
            text = re.sub(r"\$(\d)", lambda match: f"${used.index(match[1]) + 1}", statement)  # noqa: B023
            args = [(api.account_id, zoe, *tied_to)[int(place) - 1] for place in used]
            await database.execute(f"INSERT INTO {table} {text} FROM contact c WHERE {is_new}", *args)


_PREFIX = "+2547300"
