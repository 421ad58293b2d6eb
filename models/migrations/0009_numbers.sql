-- Locks of numbers: see models/db/phone_locks.py.

-- only postgres
CREATE FUNCTION account_lock(of_account UUID) RETURNS INTEGER IMMUTABLE LANGUAGE sql AS
'SELECT hashtext(of_account::text)';

CREATE FUNCTION number_lock(of_phone TEXT) RETURNS INTEGER IMMUTABLE LANGUAGE sql AS
'SELECT hashtext(of_phone) & 127';

-- What is kept of a number's messages, once nobody records its first one. What a volatile function reads is what is
-- committed by then, not what was as the statement began that calls it.
CREATE FUNCTION history_of_number(
    of_account UUID, of_phone TEXT, OUT last_inbound_at TIMESTAMPTZ, OUT last_outbound_at TIMESTAMPTZ
) VOLATILE LANGUAGE plpgsql AS
'BEGIN
    PERFORM pg_advisory_xact_lock_shared(account_lock(of_account), number_lock(of_phone));
    SELECT h.last_inbound_at, h.last_outbound_at INTO last_inbound_at, last_outbound_at
    FROM phone_history h WHERE h.account_id = of_account AND h.phone = of_phone COLLATE "C";
END';
-- both
