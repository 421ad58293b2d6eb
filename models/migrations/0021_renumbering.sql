-- Numbers that were stored before are brought into the form by which they are compared now: without Argentina's 9, and
-- in the present plans of Benin and Gabon.
CREATE TEMPORARY TABLE renumbered AS
SELECT phone AS old, CASE
    WHEN phone LIKE '+549%' THEN '+54' || substr(phone, 5)
    WHEN phone LIKE '+229%' THEN '+22901' || substr(phone, 5)
    ELSE '+241' || CASE substr(phone, 6, 1)
        WHEN '1' THEN '11' WHEN '2' THEN '62' WHEN '4' THEN '74' WHEN '5' THEN '65' WHEN '6' THEN '66' ELSE '77'
    END || substr(phone, 7)
END AS new
FROM (
    SELECT phone FROM contact UNION SELECT phone FROM message UNION SELECT phone FROM opt_out
    UNION SELECT phone FROM consent_event UNION SELECT phone FROM verification UNION SELECT phone FROM phone_history
    UNION SELECT phone FROM event WHERE phone IS NOT NULL
) AS numbers
WHERE phone LIKE '+549__________' OR phone LIKE '+229________'
    OR (phone LIKE '+2410_______' AND substr(phone, 6, 1) IN ('1', '2', '4', '5', '6', '7'));

-- Two contacts of one person: the one with the other form stays, this one goes to the trash.
CREATE TEMPORARY TABLE doubled AS
SELECT c.account_id, c.id, c.tags FROM renumbered r
JOIN contact c ON c.phone = r.old AND c.deleted_at IS NULL
JOIN contact other ON other.account_id = c.account_id AND other.phone = r.new AND other.deleted_at IS NULL;

UPDATE contact_list SET contact_count = contact_count - (
    SELECT count(*) FROM doubled d
    JOIN contact_list_member m ON m.account_id = d.account_id AND m.contact_id = d.id
    WHERE m.account_id = contact_list.account_id AND m.contact_list_id = contact_list.id
) WHERE account_id IN (SELECT account_id FROM doubled);
UPDATE campaign SET contact_count = contact_count - (
    SELECT count(*) FROM doubled d
    JOIN campaign_contact m ON m.account_id = d.account_id AND m.contact_id = d.id
    WHERE m.account_id = campaign.account_id AND m.campaign_id = campaign.id
) WHERE account_id IN (SELECT account_id FROM doubled);
UPDATE campaign_segment SET contact_count = contact_count - (
    SELECT count(*) FROM doubled d
    JOIN campaign_contact m ON m.account_id = d.account_id AND m.contact_id = d.id
    WHERE m.account_id = campaign_segment.account_id AND m.campaign_id = campaign_segment.campaign_id
        AND m.segment_id = campaign_segment.segment_id
) WHERE account_id IN (SELECT account_id FROM doubled);
-- only postgres
UPDATE tag SET contact_count = contact_count - (
    SELECT count(*) FROM doubled d WHERE d.account_id = tag.account_id AND tag.name = ANY(d.tags)
) WHERE account_id IN (SELECT account_id FROM doubled);
UPDATE contact SET deleted_at = CURRENT_TIMESTAMP, purge_at = CURRENT_TIMESTAMP + make_interval(days => (
    SELECT trash_retention_days FROM account WHERE account.id = contact.account_id
)) FROM doubled d WHERE contact.account_id = d.account_id AND contact.id = d.id;
-- only sqlite
UPDATE tag SET contact_count = contact_count - (
    SELECT count(*) FROM doubled d, json_each(d.tags) t WHERE d.account_id = tag.account_id AND t.value = tag.name
) WHERE account_id IN (SELECT account_id FROM doubled);
UPDATE contact SET deleted_at = strftime('%Y-%m-%d %H:%M:%S+00:00', 'now'),
    purge_at = strftime('%Y-%m-%d %H:%M:%S+00:00', 'now', (
        SELECT trash_retention_days || ' days' FROM account WHERE account.id = contact.account_id
    ))
FROM doubled d WHERE contact.account_id = d.account_id AND contact.id = d.id;
-- both

UPDATE contact SET phone = r.new,
    given_phone = CASE WHEN r.old LIKE '+549%' THEN r.old END,
    search_text = CASE WHEN r.old LIKE '+549%' THEN search_text ELSE replace(search_text, r.old, r.new) END
FROM renumbered r WHERE contact.phone = r.old;
UPDATE message SET phone = r.new, given_phone = CASE WHEN r.old LIKE '+549%' THEN r.old END
FROM renumbered r WHERE message.phone = r.old;
UPDATE consent_event SET phone = r.new FROM renumbered r WHERE consent_event.phone = r.old;
UPDATE event SET phone = r.new FROM renumbered r WHERE event.phone = r.old;

-- Of two entries of the register, the opt-out counts.
INSERT INTO opt_out (account_id, phone, is_opted_out, source, reason, changed_at, changed_by_id, last_stop_at)
SELECT o.account_id, r.new, o.is_opted_out, o.source, o.reason, o.changed_at, o.changed_by_id, o.last_stop_at
FROM renumbered r JOIN opt_out o ON o.phone = r.old WHERE TRUE
ON CONFLICT (account_id, phone) DO UPDATE SET is_opted_out = TRUE, source = excluded.source, reason = excluded.reason,
    changed_at = excluded.changed_at, changed_by_id = excluded.changed_by_id, last_stop_at = excluded.last_stop_at
    WHERE excluded.is_opted_out AND NOT opt_out.is_opted_out;
DELETE FROM opt_out WHERE phone IN (SELECT old FROM renumbered);
INSERT INTO phone_history (account_id, phone, last_inbound_at, last_outbound_at)
SELECT h.account_id, r.new, h.last_inbound_at, h.last_outbound_at
FROM renumbered r JOIN phone_history h ON h.phone = r.old WHERE TRUE
ON CONFLICT (account_id, phone) DO UPDATE SET
    last_inbound_at = CASE
        WHEN phone_history.last_inbound_at > excluded.last_inbound_at THEN phone_history.last_inbound_at
        ELSE COALESCE(excluded.last_inbound_at, phone_history.last_inbound_at)
    END,
    last_outbound_at = CASE
        WHEN phone_history.last_outbound_at > excluded.last_outbound_at THEN phone_history.last_outbound_at
        ELSE COALESCE(excluded.last_outbound_at, phone_history.last_outbound_at)
    END;
DELETE FROM phone_history WHERE phone IN (SELECT old FROM renumbered);
INSERT INTO verification (account_id, phone, requested_at, revoked_at)
SELECT v.account_id, r.new, v.requested_at, v.revoked_at
FROM renumbered r JOIN verification v ON v.phone = r.old WHERE TRUE
ON CONFLICT (account_id, phone) DO NOTHING;
DELETE FROM verification WHERE phone IN (SELECT old FROM renumbered);

DROP TABLE doubled;
DROP TABLE renumbered;
