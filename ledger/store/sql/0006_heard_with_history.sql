-- Judging also reads the history of every stream it is about: with the rest, in the same round trip and of the same moment.
SET LOCAL ROLE ledger_owner;

DROP FUNCTION ledger.heard(bigint, uuid[], uuid[]);

-- What was entered in the registers since `known` (kind 1), every open key of the streams (kind 2; the wrapped key is in
-- `blob`), and the streams' entries in order (kind 3), with what is sealed about who these people are.
CREATE FUNCTION ledger.heard(known bigint, streams uuid[], people uuid[])
RETURNS TABLE (kind integer, id uuid, stream uuid, version integer, type text, type_version smallint, class text, part text,
               occurred_at timestamptz, recorded_at timestamptz, actor text, facts bytea, commitment bytea, previous bytea,
               leaf bytea, blob bytea, "position" bigint, fingerprint bytea)
LANGUAGE plpgsql STABLE
-- Planned once a session, and by index whatever the statistics say: planning each time costs more than reading.
SET plan_cache_mode TO force_generic_plan
SET enable_seqscan TO off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 1, e.id, e.stream, e.version, e.type, e.type_version, e.class, e.part, e.occurred_at, e.recorded_at, e.actor,
           convert_to(e.facts::text, 'UTF8'), e.commitment, e.previous, e.leaf, NULL::bytea, e.position, NULL::bytea
    FROM ledger.event AS e
    WHERE e.type IN (
        'agreement-signed', 'contact-nominated', 'contract-ended', 'contract-started', 'courier-approved', 'item-profile-set',
        'line-recognised', 'notice-published', 'organisation-registered', 'rule-set-published', 'system-registered',
        'work-domain-registered', 'data-protection-officer-named', 'destruction-instructed', 'calendar-published')
      AND e.position > known
    ORDER BY e.position;

    RETURN QUERY
    SELECT 2, NULL::uuid, k.stream, NULL::integer, NULL::text, NULL::smallint, k.class, k.part, NULL::timestamptz,
           NULL::timestamptz, NULL::text, NULL::bytea, NULL::bytea, NULL::bytea, NULL::bytea, k.wrapped, NULL::bigint,
           k.fingerprint
    FROM unnest(streams) AS s (stream)
    CROSS JOIN LATERAL (SELECT * FROM ledger.class_key AS o WHERE o.stream = s.stream OFFSET 0) AS k;

    RETURN QUERY
    SELECT 3, e.id, e.stream, e.version, e.type, e.type_version, e.class, e.part, e.occurred_at, e.recorded_at, e.actor,
           convert_to(e.facts::text, 'UTF8'), e.commitment, e.previous, e.leaf,
           CASE WHEN e.class IN ('identity', 'nhs_careers') AND e.stream = ANY (people)
                THEN (SELECT b.blob FROM ledger.sealed AS b WHERE b.position = e.position) END,
           e.position, NULL::bytea
    FROM unnest(streams) AS s (stream)
    CROSS JOIN LATERAL (SELECT * FROM ledger.event AS o WHERE o.stream = s.stream ORDER BY o.version) AS e;
END
$$;
REVOKE EXECUTE ON FUNCTION ledger.heard FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.heard TO ledger_writer;
