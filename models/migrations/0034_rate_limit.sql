-- Citus allows no subquery in an INSERT, so a function has the one of the rate limiter.
-- only postgres
CREATE FUNCTION calls_after(calls TEXT[], since TEXT) RETURNS TEXT[] IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
'SELECT coalesce(array_agg(call), ''{}'') FROM unnest(calls) AS call WHERE call COLLATE "C" > since COLLATE "C"';
-- both
