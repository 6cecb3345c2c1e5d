-- The registers' entries are few among many events; every share asks what was entered since it last looked.
SET LOCAL ROLE ledger_owner;

CREATE INDEX event_of_a_register ON ledger.event (position) WHERE type IN (
    'agreement-signed', 'contact-nominated', 'contract-ended', 'contract-started', 'courier-approved', 'item-profile-set',
    'line-recognised', 'notice-published', 'organisation-registered', 'retention-period-set', 'rule-set-published',
    'system-registered', 'work-domain-registered');

-- What judging a command needs, in one round trip: what was entered in the registers since `known` (kind 1), every open
-- key of the streams (kind 2), and what is sealed about who these people are (kind 3).
CREATE FUNCTION ledger.heard(known bigint, streams uuid[], people uuid[])
RETURNS TABLE (kind integer, "position" bigint, type text, type_version smallint, facts text, id uuid, stream uuid,
               version integer, class text, part text, blob bytea, fingerprint bytea)
LANGUAGE plpgsql STABLE
-- Planned once a session, and by index whatever the statistics say: planning each time costs more than reading.
SET plan_cache_mode TO force_generic_plan
SET enable_seqscan TO off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 1, e.position, e.type, e.type_version, e.facts::text, NULL::uuid, NULL::uuid, NULL::integer, NULL::text, NULL::text,
           NULL::bytea, NULL::bytea
    FROM ledger.event AS e
    WHERE e.type IN (
        'agreement-signed', 'contact-nominated', 'contract-ended', 'contract-started', 'courier-approved', 'item-profile-set',
        'line-recognised', 'notice-published', 'organisation-registered', 'rule-set-published', 'system-registered',
        'work-domain-registered') AND e.position > known
    ORDER BY e.position;

    RETURN QUERY
    SELECT 2, 0::bigint, NULL::text, NULL::smallint, NULL::text, NULL::uuid, k.stream, NULL::integer, k.class, k.part, k.wrapped,
           k.fingerprint
    FROM unnest(streams) AS s (stream)
    CROSS JOIN LATERAL (SELECT * FROM ledger.class_key AS o WHERE o.stream = s.stream OFFSET 0) AS k;

    IF cardinality(people) > 0 THEN
        RETURN QUERY
        SELECT 3, e.position, e.type, NULL::smallint, NULL::text, e.id, e.stream, e.version, e.class, e.part, b.blob, NULL::bytea
        FROM unnest(people) AS p (stream)
        CROSS JOIN LATERAL (SELECT * FROM ledger.event AS o
                            WHERE o.stream = p.stream AND o.class IN ('identity', 'nhs_careers') OFFSET 0) AS e
        CROSS JOIN LATERAL (SELECT * FROM ledger.sealed AS o WHERE o.position = e.position LIMIT 1) AS b
        ORDER BY e.position;
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION ledger.heard FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.heard TO ledger_writer;
