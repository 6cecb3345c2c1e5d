INSERT INTO request (request, kind, customer, organisation, channel, received_at, position)
SELECT e.stream, e.facts->>'kind', (e.facts->>'customer_id')::uuid, e.facts->>'organisation', e.facts->>'channel',
       e.occurred_at, e.position
FROM :batch AS e WHERE e.type = 'request-received'
ON CONFLICT DO NOTHING;

-- Whom a request is about may only be found when the identity is confirmed.
UPDATE request SET customer = i.customer
FROM (SELECT DISTINCT ON (e.stream) e.stream, (e.facts->>'customer_id')::uuid AS customer
      FROM :batch AS e WHERE e.type = 'identity-confirmed' AND e.facts->>'customer_id' IS NOT NULL
      ORDER BY e.stream, e.position) AS i
WHERE request.request = i.stream AND request.customer IS NULL;

UPDATE request SET closed_at = c.at
FROM (SELECT e.stream, min(e.occurred_at) AS at
      FROM :batch AS e WHERE e.type IN ('response-sent', 'request-refused', 'request-withdrawn') GROUP BY e.stream) AS c
WHERE request.request = c.stream;

INSERT INTO request_step (request, position, type, type_version, occurred_at, recorded_at, facts)
SELECT e.stream, e.position, e.type, e.type_version, e.occurred_at, e.recorded_at, e.facts
FROM :batch AS e JOIN request AS r ON r.request = e.stream
WHERE e.type IN ('request-received', 'request-acknowledged', 'identity-asked', 'identity-confirmed', 'fee-asked', 'fee-paid',
                 'clarification-asked', 'clarification-received', 'time-extended', 'item-withheld', 'third-party-decided',
                 'accuracy-checked', 'report-prepared', 'response-sent', 'request-refused', 'request-withdrawn', 'records-destroyed')
ON CONFLICT DO NOTHING;
