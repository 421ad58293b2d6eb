"""The check of statements for Citus finds what Citus refuses or sends to every shard."""

import pytest

from tests.support.citus_rules import findings

DISTRIBUTED = {"contact": "account_id", "opt_out": "account_id", "account": "id"}
OF_CONTACT = "SELECT 1 FROM opt_out o WHERE o.account_id = contact.account_id AND o.phone = contact.phone"
BY_KEYS = "(SELECT $1::uuid AS account_id, k.* FROM unnest($2::uuid[]) AS k(id) OFFSET 0) AS k"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM contact WHERE account_id = $1",
        "SELECT name FROM account WHERE id = $1::uuid",
        "SELECT 1 FROM contact c JOIN opt_out o ON o.account_id = c.account_id WHERE c.account_id = $1",
        "SELECT 1 FROM contact c LEFT JOIN opt_out o ON o.account_id = c.account_id "
        "WHERE (c.account_id, c.id) = ($1, $2)",
        f"SELECT id FROM contact WHERE account_id = $1 AND EXISTS ({OF_CONTACT})",
        "WITH c AS (SELECT account_id FROM contact WHERE account_id = $1) SELECT 1 FROM c JOIN opt_out USING (phone) "
        "WHERE opt_out.account_id = c.account_id",
        f"SELECT 1 FROM {BY_KEYS} JOIN contact ON contact.account_id = k.account_id AND contact.id = k.id",
        f"SELECT 1 FROM {BY_KEYS}, LATERAL (SELECT 1 FROM contact c WHERE c.account_id = k.account_id LIMIT 1) AS f",
        f"DELETE FROM contact USING {BY_KEYS} WHERE contact.account_id = k.account_id AND contact.id = k.id",
        "UPDATE contact SET status = $2 WHERE account_id = $1 RETURNING id, "
        "(SELECT 1 FROM opt_out WHERE opt_out.account_id = $1)",
        "INSERT INTO contact (account_id, id) SELECT $1, r.id FROM unnest($2::uuid[]) AS r(id) "
        "ON CONFLICT DO NOTHING RETURNING 1",
        "INSERT INTO contact (id, account_id) SELECT phone, account_id FROM opt_out WHERE account_id = $1",
        "INSERT INTO contact (account_id, id) VALUES ($1, $2), ($1, $3) ON CONFLICT DO NOTHING",
        "SELECT 1 FROM unnest($1::text[]) AS contact(name)",
        "VACUUM contact",
    ],
)
def test_a_statement_of_one_shard_passes(sql: str) -> None:
    assert findings(sql, DISTRIBUTED) == []


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT 1 FROM contact WHERE id = $1", [("untied", "contact")]),
        ("SELECT 1 FROM contact WHERE account_id = ANY($1)", [("untied", "contact")]),
        ("SELECT 1 FROM contact WHERE account_id = $1 OR id = $2", [("untied", "contact")]),
        (
            "SELECT 1 FROM contact c JOIN opt_out o ON o.phone = c.phone WHERE c.account_id = $1",
            [("untied", "opt_out")],
        ),
        (f"SELECT ({OF_CONTACT}) FROM contact WHERE account_id = $1", [("untied", "opt_out")]),
        (f"SELECT 1 FROM contact WHERE account_id = $1 AND NOT EXISTS ({OF_CONTACT})", [("untied", "opt_out")]),
        (
            f"SELECT 1 FROM contact WHERE account_id = $1 AND (id = $2 OR EXISTS ({OF_CONTACT}))",
            [("untied", "opt_out")],
        ),
        (
            "SELECT 1 FROM contact c, LATERAL (SELECT 1 FROM opt_out o WHERE o.account_id = c.account_id LIMIT 1) AS f "
            "WHERE c.account_id = $1",
            [("untied", "opt_out")],
        ),
        (
            "SELECT 1 FROM (SELECT account_id FROM contact WHERE account_id = $1 LIMIT 9) AS c "
            "JOIN opt_out o ON o.account_id = c.account_id",
            [("untied", "opt_out")],
        ),
        (
            "WITH c AS MATERIALIZED (SELECT account_id FROM contact WHERE account_id = $1) "
            "SELECT 1 FROM c JOIN opt_out o ON o.account_id = c.account_id",
            [("untied", "opt_out")],
        ),
        ("SELECT 1 FROM contact WHERE account_id = $1 UNION ALL SELECT 1 FROM opt_out", [("untied", "opt_out")]),
        ("DELETE FROM contact WHERE (account_id, id) IN (SELECT $1, $2)", [("untied", "contact")]),
        ("INSERT INTO contact (account_id) SELECT id FROM account", [("untied", "contact"), ("untied", "account")]),
        ("INSERT INTO contact (id) VALUES ($1)", [("untied", "contact")]),
        (
            "INSERT INTO contact (account_id) VALUES ($1) RETURNING (SELECT 1 FROM opt_out WHERE account_id = $1)",
            [("sub-select", "contact")],
        ),
        ("INSERT INTO contact (account_id, id) VALUES ($1, (SELECT $2))", [("sub-select", "contact")]),
        (
            "INSERT INTO contact (account_id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET status = (SELECT $2)",
            [("sub-select", "contact")],
        ),
        ("INSERT INTO contact (account_id) SELECT $1 ON CONFLICT DO NOTHING", [("row count", "contact")]),
        (
            "WITH made AS (INSERT INTO contact (account_id) VALUES ($1)) SELECT 1 FROM account WHERE id = $1",
            [("no columns", "made")],
        ),
    ],
)
def test_other_statements_are_found(sql: str, found: list[tuple[str, str]]) -> None:
    assert findings(sql, DISTRIBUTED) == found
