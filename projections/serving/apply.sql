-- Each person's entries in order, one a step for everybody at once. What an organisation does again while nothing else happens
-- changes nothing, so only its first time counts: the steps stay few.
WITH RECURSIVE entry AS (
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
    SELECT c.*, a.organisations AS acted, row_number() OVER (PARTITION BY c.stream ORDER BY c.position) AS number
    FROM counted AS c
    LEFT JOIN (SELECT a.stream, a.position, array_agg(a.organisation ORDER BY a.organisation) AS organisations
               FROM act AS a GROUP BY a.stream, a.position) AS a ON a.stream = c.stream AND a.position = c.position
    WHERE c.decides OR a.organisations IS NOT NULL
), state AS (
    SELECT s.stream, 0::bigint AS number, coalesce(k.ended, false) AS ended, coalesce(k.referrals, '{}') AS referrals,
           coalesce((SELECT jsonb_object_agg(r.organisation, jsonb_build_array(r.position, r.since, r.because))
                     FROM serving AS r WHERE r.customer_id = s.stream AND r.until IS NULL), '{}') AS serving, '[]'::jsonb AS over
    FROM (SELECT DISTINCT c.stream FROM step AS c) AS s LEFT JOIN serving_state AS k ON k.customer_id = s.stream
    UNION ALL
    SELECT s.stream, s.number,
           CASE WHEN s.type = 'service-ended' AND leaves.everybody THEN true WHEN begins.new <> '{}' THEN false ELSE b.ended END,
           CASE WHEN s.type = 'customer-referred' AND s.referral IS NOT NULL AND (s.authoritative OR s.of_office OR b.serving ? s.actor)
                THEN b.referrals || jsonb_build_object(s.referral, s.referred_to) ELSE b.referrals END,
           CASE WHEN leaves.everybody THEN '{}' WHEN s.type = 'serving-ended' THEN b.serving - s.organisation ELSE b.serving END || begins.new,
           b.over || leaves.intervals
    FROM state AS b JOIN step AS s ON s.stream = b.stream AND s.number = b.number + 1
    CROSS JOIN LATERAL (SELECT s.type = 'service-ended' AND (s.authoritative OR b.serving ? s.actor) AS everybody,
                               coalesce((SELECT jsonb_agg(jsonb_build_array(o.key, o.value->0, o.value->1, o.value->2, s.at))
                                         FROM jsonb_each(b.serving) AS o
                                         WHERE (s.type = 'service-ended' AND (s.authoritative OR b.serving ? s.actor))
                                            OR (s.type = 'serving-ended' AND o.key = s.organisation)), '[]') AS intervals) AS leaves
    CROSS JOIN LATERAL (SELECT coalesce(jsonb_object_agg(n.organisation, jsonb_build_array(s.position, s.at, n.because)), '{}') AS new
        FROM (SELECT coalesce(s.organisation, s.touchpoint, s.actor), 'registered' WHERE s.type = 'customer-registered'
              UNION ALL SELECT b.referrals->>s.referral, 'referred' WHERE s.type = 'referral-accepted'
              UNION ALL SELECT s.organisation, CASE s.because WHEN 'assigned' THEN 'assigned' ELSE 'identity-shown' END
                        WHERE s.type = 'serving-began'
              UNION ALL SELECT coalesce(s.organisation, s.actor), 'acted' WHERE s.type = 'service-resumed' AND s.authoritative
              UNION ALL SELECT a.organisation, 'acted' FROM unnest(s.acted) AS a (organisation) WHERE NOT b.ended
             ) AS n (organisation, because)
        WHERE nullif(n.organisation, '') IS NOT NULL AND (NOT b.serving ? n.organisation OR b.ended)) AS begins
), last AS (
    SELECT DISTINCT ON (s.stream) s.* FROM state AS s ORDER BY s.stream, s.number DESC
), remembered AS (
    INSERT INTO serving_state (customer_id, ended, referrals) SELECT l.stream, l.ended, l.referrals FROM last AS l
    ON CONFLICT ON CONSTRAINT serving_state_is_unique DO UPDATE SET ended = excluded.ended, referrals = excluded.referrals
    WHERE (serving_state.ended, serving_state.referrals) IS DISTINCT FROM (excluded.ended, excluded.referrals)
)
INSERT INTO serving (customer_id, organisation, position, since, until, because)
SELECT l.stream, o.key, (o.value->>0)::bigint, (o.value->>1)::timestamptz, NULL, o.value->>2
FROM last AS l CROSS JOIN LATERAL jsonb_each(l.serving) AS o
UNION ALL
SELECT l.stream, o->>0, (o->>1)::bigint, (o->>2)::timestamptz, (o->>4)::timestamptz, o->>3
FROM last AS l CROSS JOIN LATERAL jsonb_array_elements(l.over) AS o
ON CONFLICT ON CONSTRAINT serving_is_unique DO UPDATE SET until = excluded.until
WHERE serving.until IS DISTINCT FROM excluded.until;
