INSERT INTO customer (customer, registered_at, organisation, introduced_by, programme, position)
SELECT e.stream, e.occurred_at, coalesce(e.facts->>'organisation', e.facts->>'touchpoint'), e.facts->>'introduced_by',
       e.facts->>'programme', e.position
FROM :batch AS e WHERE e.type = 'customer-registered'
ON CONFLICT DO NOTHING;

INSERT INTO consent (customer, scope, said_at, position, state, said_to, channel, notice, etag)
SELECT e.stream, e.facts->>'scope', e.occurred_at, e.position, substr(e.type, 9), e.facts->>'organisation',
       e.facts->>'channel', e.facts->>'notice', e.facts->>'etag'
FROM :batch AS e WHERE e.type IN (
    'consent-asked', 'consent-given', 'consent-refused', 'consent-withdrawn', 'consent-expired', 'consent-invalidated')
ON CONFLICT DO NOTHING;

INSERT INTO contact (customer, interaction, written_at, position, held_at, channel, organisation)
SELECT DISTINCT ON (e.stream, e.facts->>'interaction_id')
       e.stream, e.facts->>'interaction_id', coalesce((e.facts->>'written_at')::timestamptz, e.occurred_at), e.position,
       (e.facts->>'held_at')::timestamptz, e.facts->>'channel', coalesce(e.facts->>'organisation', e.facts->>'touchpoint')
FROM :batch AS e WHERE e.type = 'interaction-held'
ORDER BY e.stream, e.facts->>'interaction_id', coalesce((e.facts->>'written_at')::timestamptz, e.occurred_at) DESC, e.position DESC
ON CONFLICT ON CONSTRAINT contact_is_unique DO UPDATE
SET written_at = excluded.written_at, position = excluded.position, held_at = excluded.held_at,
    channel = excluded.channel, organisation = excluded.organisation
WHERE (excluded.written_at, excluded.position) > (contact.written_at, contact.position);

INSERT INTO appointment (customer, appointment, written_at, position, outcome, appointment_at, organisation, reason)
SELECT DISTINCT ON (e.stream, e.facts->>'appointment_id')
       e.stream, e.facts->>'appointment_id', coalesce((e.facts->>'written_at')::timestamptz, e.occurred_at), e.position,
       substr(e.type, 13), (e.facts->>'appointment_at')::timestamptz,
       coalesce(e.facts->>'organisation', e.facts->>'touchpoint'), e.facts->>'reason_code'
FROM :batch AS e WHERE e.type IN ('appointment-kept', 'appointment-missed')
ORDER BY e.stream, e.facts->>'appointment_id', coalesce((e.facts->>'written_at')::timestamptz, e.occurred_at) DESC, e.position DESC
ON CONFLICT ON CONSTRAINT appointment_is_unique DO UPDATE
SET written_at = excluded.written_at, position = excluded.position, outcome = excluded.outcome,
    appointment_at = excluded.appointment_at, organisation = excluded.organisation, reason = excluded.reason
WHERE (excluded.written_at, excluded.position) > (appointment.written_at, appointment.position);

INSERT INTO referral_step (customer, referral, written_at, position, referred_by, referred_to, requested_at, accepted_at, called_back_at)
SELECT e.stream, e.facts->>'referral_id', coalesce((e.facts->>'written_at')::timestamptz, e.occurred_at), e.position,
       e.facts->>'referred_by', e.facts->>'referred_to', (e.facts->>'requested_at')::timestamptz,
       (e.facts->>'accepted_at')::timestamptz, (e.facts->>'called_back_at')::timestamptz
FROM :batch AS e WHERE e.type IN ('customer-referred', 'referral-accepted')
ON CONFLICT DO NOTHING;

INSERT INTO service_end (customer, position, at, ended, reason)
SELECT e.stream, e.position, e.occurred_at, e.type = 'service-ended', e.facts->>'reason'
FROM :batch AS e WHERE e.type IN ('service-ended', 'service-resumed')
ON CONFLICT DO NOTHING;

INSERT INTO tombstone (customer, class, part, destroyed_at, destroy_by, rule, position)
SELECT e.stream, d.one->>'class', coalesce(d.one->>'part', ''), e.recorded_at, (d.one->>'destroy_by')::date, d.one->>'rule', e.position
FROM :batch AS e CROSS JOIN LATERAL jsonb_array_elements(e.facts->'destroyed') AS d (one)
WHERE e.type = 'records-destroyed'
ON CONFLICT DO NOTHING;

-- Both records of a merge say it, each naming the other; a merge that is undone leaves nothing.
INSERT INTO merged (customer, into_customer, merge, at, position)
SELECT coalesce((e.facts->>'duplicate')::uuid, e.stream), coalesce((e.facts->>'into')::uuid, e.stream), e.facts->>'merge_id',
       e.occurred_at, e.position
FROM :batch AS e WHERE e.type = 'customers-merged' ORDER BY e.position
ON CONFLICT DO NOTHING;

DELETE FROM merged USING (SELECT e.stream, e.facts->>'merge_id' AS merge FROM :batch AS e WHERE e.type = 'customers-unmerged') AS undone
WHERE undone.stream IN (merged.customer, merged.into_customer) AND merged.merge = undone.merge;

-- A document names its writer only where that changed; what is recorded here names the organisation itself.
INSERT INTO customer_version (customer, written_at, position, touchpoint, redacted)
SELECT e.stream, coalesce((e.facts->>'written_at')::timestamptz, e.occurred_at), e.position,
       CASE WHEN e.facts->>'etag' IS NULL THEN coalesce(e.facts->>'touchpoint', e.facts->>'organisation')
            WHEN e.facts->'changed' ? 'LastModifiedTouchpointId' THEN e.facts->>'touchpoint'
            WHEN e.facts->'cleared' ? 'LastModifiedTouchpointId' THEN '' END,
       CASE WHEN e.facts->'changed' ? 'DateOfRedaction' THEN true
            WHEN e.facts->'cleared' ? 'DateOfRedaction' THEN false END
FROM :batch AS e WHERE e.type IN ('customer-registered', 'record-kept', 'record-corrected')
  AND coalesce(e.facts->>'collection', 'customers') = 'customers'
ON CONFLICT DO NOTHING;

INSERT INTO restriction (customer, restriction, position, since, ground, items, request)
SELECT e.stream, e.facts->>'restriction_id', e.position, e.occurred_at, e.facts->>'ground',
       ARRAY(SELECT jsonb_array_elements_text(coalesce(e.facts->'items', '[]'))), e.facts->>'request_id'
FROM :batch AS e WHERE e.type = 'processing-restricted'
ON CONFLICT DO NOTHING;

UPDATE restriction SET lifted_at = l.at, person_told_at = l.told
FROM (SELECT DISTINCT ON (e.stream, e.facts->>'restriction_id') e.stream, e.facts->>'restriction_id' AS restriction, e.occurred_at AS at,
             e.facts->>'person_told_at' AS told
      FROM :batch AS e WHERE e.type = 'restriction-lifted' ORDER BY e.stream, e.facts->>'restriction_id', e.position) AS l
WHERE restriction.customer = l.stream AND restriction.restriction = l.restriction AND restriction.lifted_at IS NULL;

INSERT INTO objection (customer, objection, position, since)
SELECT e.stream, e.facts->>'objection_id', e.position, e.occurred_at
FROM :batch AS e WHERE e.type = 'objection-raised'
ON CONFLICT DO NOTHING;

UPDATE objection SET outcome = d.outcome, decided_at = d.at
FROM (SELECT DISTINCT ON (e.stream, e.facts->>'objection_id') e.stream, e.facts->>'objection_id' AS objection, e.facts->>'outcome' AS outcome,
             e.occurred_at AS at
      FROM :batch AS e WHERE e.type = 'objection-decided' ORDER BY e.stream, e.facts->>'objection_id', e.position DESC) AS d
WHERE objection.customer = d.stream AND objection.objection = d.objection;
