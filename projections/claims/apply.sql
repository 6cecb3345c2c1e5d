INSERT INTO claim (claim, position, about, person, subject, command, because, claimant, organisation, taken, received_at, happened_at)
SELECT (e.facts->>'claim_id')::uuid, e.position, (e.facts->>'about')::uuid, (e.facts->>'person')::uuid, e.facts->>'subject',
       e.facts->>'command', e.facts->>'because', e.facts->>'claimant', e.facts->>'organisation', (e.facts->>'taken')::boolean,
       e.recorded_at, (e.facts->>'happened_at')::timestamptz
FROM :batch AS e WHERE e.type = 'claim-received'
ON CONFLICT DO NOTHING;

INSERT INTO sent_claim (claim, position, about, subject, command, claimant, received_at, happened_at)
SELECT (e.facts->>'claim_id')::uuid, e.position, (e.facts->>'about')::uuid, e.facts->>'subject', e.facts->>'command',
       e.facts->>'claimant', e.recorded_at, (e.facts->>'happened_at')::timestamptz
FROM :batch AS e WHERE e.type = 'claim-received'
ON CONFLICT DO NOTHING;

UPDATE claim SET state = a.state, answered_at = a.at, answered_by = a.organisation
FROM (SELECT DISTINCT ON (e.facts->>'claim_id') (e.facts->>'claim_id')::uuid AS claim, substr(e.type, 7) AS state,
             e.recorded_at AS at, e.facts->>'organisation' AS organisation
      FROM :batch AS e WHERE e.type IN ('claim-confirmed', 'claim-disputed')
      ORDER BY e.facts->>'claim_id', e.position) AS a
WHERE claim.claim = a.claim AND claim.state = 'waiting';

UPDATE sent_claim SET state = a.state, answered_at = a.at
FROM (SELECT DISTINCT ON (e.facts->>'claim_id') (e.facts->>'claim_id')::uuid AS claim, substr(e.type, 7) AS state,
             e.recorded_at AS at
      FROM :batch AS e WHERE e.type IN ('claim-confirmed', 'claim-disputed')
      ORDER BY e.facts->>'claim_id', e.position) AS a
WHERE sent_claim.claim = a.claim AND sent_claim.state = 'waiting';

-- A claim is the part of a class on its stream, and is destroyed with the records it is about.
UPDATE claim SET destroyed = true
FROM (SELECT DISTINCT d.records->>'part' AS part
      FROM :batch AS e CROSS JOIN LATERAL jsonb_array_elements(e.facts->'destroyed') AS d (records)
      WHERE e.type = 'records-destroyed' AND d.records->>'part' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$') AS gone
WHERE claim.claim = gone.part::uuid;

INSERT INTO serving_notice (position, place, person, organisation, began, began_at)
SELECT e.position, s.place, e.stream, s.organisation, e.facts->>'organisation', e.recorded_at
FROM :batch AS e
CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(e.facts->'served_before', '[]')) WITH ORDINALITY AS s (organisation, place)
WHERE e.type = 'serving-began'
ON CONFLICT DO NOTHING;

INSERT INTO person_of_programme (person, programme)
SELECT DISTINCT ON (e.stream) e.stream, e.facts->>'programme'
FROM :batch AS e WHERE e.type = 'customer-registered' AND e.facts->>'programme' = 'NHS Health Careers'
ORDER BY e.stream, e.position
ON CONFLICT DO NOTHING;
