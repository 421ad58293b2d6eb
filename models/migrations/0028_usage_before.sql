-- Contacts and messages of the days before the upgrade, as far as they still exist. Requests were not counted.
INSERT INTO account_usage (account_id, day, contacts, messages, requests)
SELECT account_id, day, sum(contacts), sum(messages), 0 FROM (
-- only postgres
    SELECT account_id, to_char(made, 'YYYY-MM-DD') AS day, contacts, messages FROM (
        SELECT account_id, (created_at AT TIME ZONE 'UTC')::date AS made, count(*) AS contacts, 0 AS messages
        FROM contact WHERE created_at > now() - INTERVAL '400 days' GROUP BY 1, 2
        UNION ALL
        SELECT account_id, (created_at AT TIME ZONE 'UTC')::date AS made, 0 AS contacts, count(*) AS messages
        FROM message WHERE created_at > now() - INTERVAL '400 days' GROUP BY 1, 2
    ) AS made
-- only sqlite
    SELECT account_id, substr(created_at, 1, 10) AS day, count(*) AS contacts, 0 AS messages
    FROM contact WHERE created_at > date('now', '-400 days') GROUP BY 1, 2
    UNION ALL
    SELECT account_id, substr(created_at, 1, 10) AS day, 0 AS contacts, count(*) AS messages
    FROM message WHERE created_at > date('now', '-400 days') GROUP BY 1, 2
-- both
) AS counted GROUP BY account_id, day;
