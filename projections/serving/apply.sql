-- Each person's entries in order, one fold for each. What an organisation does again while nothing else happens changes
-- nothing, so only its first time counts.
WITH entry AS (
    SELECT e.stream, e.position, e.recorded_at AS at, e.type,
           e.actor LIKE 'operator:%%' OR split_part(e.actor, '@', 1)
               IN ('case-worker', 'records-manager', 'auditor', 'administrator', 'importer') AS authoritative,
           regexp_replace(split_part(e.actor, '@', 1), '^operator:', '') = 'jobcentre-plus' AS of_office,
           split_part(split_part(e.actor, '@', 2), '/', 1) AS actor,
           e.type NOT IN ('record-kept', 'record-corrected', 'appointment-kept', 'appointment-missed', 'interaction-held',
                          'customer-informed', 'consent-given', 'data-shared', 'data-received') AS decides,
           nullif(e.facts->>'organisation', '') AS organisation, nullif(e.facts->>'touchpoint', '') AS touchpoint,
           nullif(e.facts->>'sent_by', '') AS sent_by, nullif(e.facts->>'received_by', '') AS received_by,
           e.facts->>'referral_id' AS referral, nullif(e.facts->>'referred_to', '') AS referred_to, e.facts->>'because' AS because
    FROM :batch AS e WHERE e.type IN (
        'customer-registered', 'customer-referred', 'referral-accepted', 'serving-began', 'serving-ended', 'service-ended',
        'service-resumed', 'record-kept', 'record-corrected', 'appointment-kept', 'appointment-missed', 'interaction-held',
        'customer-informed', 'consent-given', 'data-shared', 'data-received')
), counted AS (
    SELECT e.*, count(*) FILTER (WHERE e.decides) OVER (PARTITION BY e.stream ORDER BY e.position) AS stretch
    FROM entry AS e WHERE e.decides OR e.authoritative
), act AS (
    SELECT DISTINCT ON (c.stream, c.stretch, o.organisation) c.stream, c.position, o.organisation
    FROM counted AS c CROSS JOIN LATERAL (VALUES
        (CASE WHEN c.type IN ('record-kept', 'record-corrected', 'appointment-kept', 'appointment-missed', 'interaction-held',
                              'customer-informed', 'consent-given') THEN c.organisation END),
        (CASE WHEN c.type IN ('record-kept', 'record-corrected', 'interaction-held') THEN c.touchpoint END),
        (CASE c.type WHEN 'data-shared' THEN c.sent_by WHEN 'data-received' THEN c.received_by END)) AS o (organisation)
    WHERE NOT c.decides AND o.organisation IS NOT NULL
    ORDER BY c.stream, c.stretch, o.organisation, c.position
), step AS (
    SELECT c.stream, c.position, jsonb_strip_nulls(jsonb_build_object(
               'type', c.type, 'position', c.position, 'at', c.at, 'authoritative', c.authoritative, 'of_office', c.of_office,
               'actor', c.actor, 'organisation', c.organisation, 'touchpoint', c.touchpoint, 'referral', c.referral,
               'referred_to', c.referred_to, 'because', c.because, 'acted', a.organisations)) AS entry
    FROM counted AS c
    LEFT JOIN (SELECT a.stream, a.position, jsonb_agg(a.organisation ORDER BY a.organisation) AS organisations
               FROM act AS a GROUP BY a.stream, a.position) AS a ON a.stream = c.stream AND a.position = c.position
    WHERE c.decides OR a.organisations IS NOT NULL
    UNION ALL
    SELECT k.customer_id, 0, jsonb_build_object('type', 'known', 'known', jsonb_build_object(
        'ended', k.ended, 'referrals', k.referrals, 'over', '[]'::jsonb, 'serving', coalesce(
            (SELECT jsonb_object_agg(r.organisation, jsonb_build_array(r.position, r.since, r.because))
             FROM serving AS r WHERE r.customer_id = k.customer_id AND r.until IS NULL), '{}')))
    FROM (SELECT DISTINCT c.stream FROM counted AS c) AS p JOIN serving_state AS k ON k.customer_id = p.stream
), last AS (
    SELECT s.stream, ledger.serving_of(s.entry ORDER BY s.position) AS known FROM step AS s GROUP BY s.stream
), remembered AS (
    INSERT INTO serving_state (customer_id, ended, referrals)
    SELECT l.stream, (l.known->>'ended')::boolean, l.known->'referrals' FROM last AS l
    ON CONFLICT ON CONSTRAINT serving_state_is_unique DO UPDATE SET ended = excluded.ended, referrals = excluded.referrals
    WHERE (serving_state.ended, serving_state.referrals) IS DISTINCT FROM (excluded.ended, excluded.referrals)
)
INSERT INTO serving (customer_id, organisation, position, since, until, because)
SELECT l.stream, o.key, (o.value->>0)::bigint, (o.value->>1)::timestamptz, NULL, o.value->>2
FROM last AS l CROSS JOIN LATERAL jsonb_each(l.known->'serving') AS o
UNION ALL
SELECT l.stream, o->>0, (o->>1)::bigint, (o->>2)::timestamptz, (o->>4)::timestamptz, o->>3
FROM last AS l CROSS JOIN LATERAL jsonb_array_elements(l.known->'over') AS o
ON CONFLICT ON CONSTRAINT serving_is_unique DO UPDATE SET until = excluded.until
WHERE serving.until IS DISTINCT FROM excluded.until;
