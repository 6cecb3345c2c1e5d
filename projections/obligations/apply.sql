INSERT INTO disclosure (subject_of, position, at, recipient, items)
SELECT e.stream, e.position, e.occurred_at, coalesce(e.facts->>'sent_to', e.facts->>'referred_to'),
       CASE WHEN e.type = 'data-shared' THEN ARRAY(SELECT jsonb_array_elements_text(coalesce(e.facts->'items', '[]'))) ELSE '{}' END
FROM :batch AS e WHERE e.type IN ('data-shared', 'customer-referred')
  AND coalesce(e.facts->>'sent_to', e.facts->>'referred_to', '') <> '' AND coalesce((e.facts->>'with_data')::boolean, true)
ON CONFLICT DO NOTHING;

-- Which item each written name means, as the catalogue spells them; without a code it may be any (LAW-A19).
INSERT INTO item (written, code)
SELECT w.written, coalesce((SELECT s.code FROM spelling AS s WHERE s.bare = w.bare AND NOT s.within),
                           CASE WHEN w.bare ~ '^(pg|prioritygroup)[0-9]{1,2}$' THEN 'D29'
                                WHEN w.bare !~ '^(consent|dateandtime)'
                                THEN (SELECT s.code FROM spelling AS s WHERE s.within AND strpos(w.bare, s.bare) > 0 ORDER BY s.number LIMIT 1) END)
FROM (SELECT DISTINCT i.written, regexp_replace(lower(normalize(i.written, NFKC)), '[^a-z0-9]+', '', 'g') AS bare
      FROM :batch AS e CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(e.facts->'items', '[]')) AS i (written)
      WHERE e.type IN ('data-shared', 'record-corrected', 'processing-restricted')) AS w
WHERE NOT EXISTS (SELECT FROM item AS k WHERE k.written = w.written)
ON CONFLICT DO NOTHING;

INSERT INTO settlement (subject_of, kind, subject, recipient, at, position)
SELECT DISTINCT ON (e.stream, k.kind, k.subject, k.recipient) e.stream, k.kind, k.subject, k.recipient, e.occurred_at, e.position
FROM :batch AS e
CROSS JOIN LATERAL (SELECT e.type = 'copy-disposed' AND translate(lower(coalesce(e.facts->>'method', '')), ' -', '__')
                                   IN ('duplicate', 'nothing_to_incorporate') AS without_content) AS w
CROSS JOIN LATERAL (VALUES
    ('incorporate-email', e.facts->>'receipt_id', '', e.type = 'data-incorporated' OR (w.without_content AND e.facts->>'medium' = 'email')),
    ('incorporate-paper', e.facts->>'receipt_id', '', e.type = 'data-incorporated' OR (w.without_content AND e.facts->>'medium' <> 'email')),
    ('incorporate-other', e.facts->>'receipt_id', '', e.type = 'data-incorporated'),
    ('route-to-adviser', e.facts->>'receipt_id', '', e.type IN ('data-incorporated', 'data-routed') OR w.without_content),
    ('delete-email', e.facts->>'receipt_id', '', e.type = 'copy-disposed' AND e.facts->>'medium' = 'email'),
    ('dispose-paper', e.facts->>'receipt_id', '', e.type = 'copy-disposed' AND e.facts->>'medium' <> 'email'),
    ('delete-sent-copy', e.facts->>'share_id', '', e.type = 'copy-disposed' AND NOT e.facts ? 'receipt_id' AND e.facts->>'medium' = 'email'),
    ('confirm-receipt', e.facts->>'share_id', '', e.type = 'receipt-confirmed'),
    ('chase-receipt', e.facts->>'share_id', '', e.type IN ('receipt-confirmed', 'recipient-chased')),
    ('pass-to-work-coach', e.facts->>'share_id', '', e.type = 'passed-to-work-coach'),
    ('inform-customer', '', '', e.type = 'customer-informed'),
    ('notify-recipient', e.facts->>'matter_id', e.facts->>'recipient', e.type = 'recipient-notified'),
    ('confirm-correction', e.facts->>'matter_id', e.facts->>'recipient', e.type = 'correction-confirmed'),
    ('chase-correction', e.facts->>'matter_id', coalesce(e.facts->>'recipient', ''),
     e.type = 'correction-confirmed' OR (e.type = 'recipient-chased' AND NOT e.facts ? 'share_id')),
    ('assess-breach', e.facts->>'assessment_id', '', e.type IN ('regulator-notified', 'breach-assessment-closed')),
    ('tell-controller', e.facts->>'assessment_id', '', e.type IN ('controller-notified', 'breach-assessment-closed')),
    ('tell-people', e.facts->>'assessment_id', '', e.type IN ('people-notified', 'breach-assessment-closed'))
) AS k (kind, subject, recipient, done)
WHERE e.type IN ('data-incorporated', 'data-routed', 'copy-disposed', 'receipt-confirmed', 'recipient-chased', 'passed-to-work-coach',
                 'customer-informed', 'recipient-notified', 'correction-confirmed', 'controller-notified', 'regulator-notified',
                 'people-notified', 'breach-assessment-closed')
  AND k.done AND k.subject IS NOT NULL
ORDER BY e.stream, k.kind, k.subject, k.recipient, e.position
ON CONFLICT DO NOTHING;

-- A newer list of bank holidays takes the place of the one before.
DELETE FROM calendar USING (SELECT max(e.position) AS position FROM :batch AS e WHERE e.type = 'calendar-published') AS newest
WHERE newest.position IS NOT NULL;

INSERT INTO calendar (version, first_day, last_day, position)
SELECT e.facts->>'version', (e.facts->>'first_day')::date, (e.facts->>'last_day')::date, e.position
FROM :batch AS e WHERE e.type = 'calendar-published' ORDER BY e.position DESC LIMIT 1;

DELETE FROM day USING (SELECT max(e.position) AS position FROM :batch AS e WHERE e.type = 'calendar-published') AS newest
WHERE newest.position IS NOT NULL;

INSERT INTO day (day, working, number)
SELECT d.day, d.working, count(*) FILTER (WHERE d.working) OVER (ORDER BY d.day)
FROM (SELECT g.day::date AS day,
             extract(isodow FROM g.day) < 6 AND NOT c.holidays ? to_char(g.day, 'YYYY-MM-DD') AS working
      FROM (SELECT e.facts->'holidays' AS holidays, (e.facts->>'first_day')::date AS first_day, (e.facts->>'last_day')::date AS last_day
            FROM :batch AS e WHERE e.type = 'calendar-published' ORDER BY e.position DESC LIMIT 1) AS c
      CROSS JOIN LATERAL generate_series(c.first_day::timestamp, c.last_day, interval '1 day') AS g (day)) AS d;

-- What was received is owed its way into the record; what an import brought was in it already.
INSERT INTO obligation (subject_of, kind, subject, recipient, position, owner, source, obtained_at, started_on, target_from)
SELECT r.stream, k.kind, r.receipt, '', r.position, r.owner, CASE WHEN k.kind = 'inform-customer' THEN r.source END,
       CASE WHEN k.kind = 'inform-customer' THEN r.at END,
       CASE WHEN k.kind = 'incorporate-email' THEN r.sent_on ELSE r.day END,
       CASE WHEN k.kind = 'incorporate-email' THEN r.sent_on ELSE r.day END
FROM (SELECT e.stream, e.position, e.facts->>'receipt_id' AS receipt, e.facts->>'received_by' AS owner, e.facts->>'received_from' AS source, e.occurred_at AS at,
             (e.occurred_at AT TIME ZONE 'Europe/London')::date AS day,
             (coalesce((e.facts->>'sent_at')::timestamptz, e.occurred_at) AT TIME ZONE 'Europe/London')::date AS sent_on,
             coalesce((e.facts->>'routed')::boolean, false) AS routed,
             CASE WHEN lower(e.facts->>'channel') = 'email' THEN 'email'
                  WHEN lower(e.facts->>'channel') IN ('hand', 'post', 'courier') THEN 'paper' ELSE 'other' END AS medium
      FROM :batch AS e WHERE e.type = 'data-received' AND NOT e.facts ?| ARRAY['etag', 'history_id']) AS r
CROSS JOIN LATERAL (VALUES ('incorporate-' || r.medium, true), ('dispose-paper', r.medium = 'paper'),
                           ('route-to-adviser', NOT r.routed), ('inform-customer', true)) AS k (kind, owed)
WHERE k.owed
ON CONFLICT DO NOTHING;

-- An email that was put into the record is to be deleted.
INSERT INTO obligation (subject_of, kind, subject, recipient, position, owner, started_on, target_from)
SELECT DISTINCT ON (e.stream, e.facts->>'receipt_id') e.stream, 'delete-email', e.facts->>'receipt_id', '', e.position, o.owner,
       (e.occurred_at AT TIME ZONE 'Europe/London')::date, o.started_on
FROM :batch AS e JOIN obligation AS o ON o.subject_of = e.stream AND o.kind = 'incorporate-email'
     AND o.subject = e.facts->>'receipt_id' AND o.recipient = '' AND o.position < e.position
WHERE e.type = 'data-incorporated'
ORDER BY e.stream, e.facts->>'receipt_id', e.position
ON CONFLICT DO NOTHING;

INSERT INTO obligation (subject_of, kind, subject, recipient, position, owner, started_on, target_from)
SELECT s.stream, k.kind, s.share, '', s.position, k.owner, k.day, k.day
FROM (SELECT e.stream, e.position, e.facts->>'share_id' AS share, e.facts->>'sent_by' AS sent_by, e.facts->>'sent_to' AS sent_to,
             lower(e.facts->>'channel') AS channel, e.facts->>'recipient_role' AS role,
             (e.occurred_at AT TIME ZONE 'Europe/London')::date AS day,
             (coalesce((e.facts->>'dispatched_at')::timestamptz, e.occurred_at) AT TIME ZONE 'Europe/London')::date AS sent_on
      FROM :batch AS e WHERE e.type = 'data-shared' AND NOT e.facts ?| ARRAY['etag', 'history_id']) AS s
CROSS JOIN LATERAL (VALUES ('confirm-receipt', s.channel IN ('post', 'courier'), s.sent_to, s.sent_on),
                           ('chase-receipt', s.channel IN ('post', 'courier'), s.sent_by, s.sent_on),
                           ('pass-to-work-coach', s.channel = 'hand' AND s.role = 'NOMINATED_POC', s.sent_to, s.day),
                           ('delete-sent-copy', s.channel = 'email', s.sent_by, s.day)) AS k (kind, owed, owner, day)
WHERE k.owed
ON CONFLICT DO NOTHING;

INSERT INTO matter (subject_of, position, at, matter, owner, maker, items)
SELECT e.stream, e.position, e.occurred_at, coalesce(e.facts->>'correction_id', e.facts->>'erasure_id', e.facts->>'restriction_id'),
       e.facts->>'organisation', CASE WHEN e.type = 'record-corrected' THEN e.facts->>'organisation' END,
       CASE WHEN e.type = 'erasure-upheld' THEN '{}' ELSE ARRAY(SELECT jsonb_array_elements_text(coalesce(e.facts->'items', '[]'))) END
FROM :batch AS e WHERE e.type IN ('record-corrected', 'erasure-upheld', 'processing-restricted')
  AND coalesce(e.facts->>'correction_id', e.facts->>'erasure_id', e.facts->>'restriction_id') IS NOT NULL
ON CONFLICT DO NOTHING;

INSERT INTO found (subject_of, position, matter, merge, recipient)
SELECT e.stream, e.position, e.facts->>'matter_id', e.facts->>'merge_id', r.recipient
FROM :batch AS e CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(e.facts->'recipients', '[]')) AS r (recipient)
WHERE e.type = 'recipients-found'
ON CONFLICT DO NOTHING;

UPDATE found AS f SET undone = u.position
FROM (SELECT o.subject_of, o.position AS of, min(e.position) AS position
      FROM found AS o JOIN :batch AS e ON e.stream = o.subject_of AND e.facts->>'merge_id' = o.merge AND e.position > o.position
      WHERE e.type = 'customers-unmerged'
      GROUP BY o.subject_of, o.position) AS u
WHERE f.undone IS NULL AND f.subject_of = u.subject_of AND f.position = u.of;

-- What is not told yet when it may have lapsed is made again below, as far as it has not.
DELETE FROM obligation AS o
WHERE o.kind = 'notify-recipient' AND o.settled_at IS NULL
  AND o.subject_of IN (SELECT e.stream FROM :batch AS e WHERE e.type = 'customers-unmerged');

-- One task for each past recipient of what was corrected, erased or restricted (RECT-04), be it that the disclosure was
-- recorded first or that it happened first; a share that does not say what went may have held anything. Who was found to
-- have received it from another record of the person is told as well, unless the merge was undone before (LEDG-18).
INSERT INTO obligation (subject_of, kind, subject, recipient, position, owner, started_on, target_from)
SELECT DISTINCT ON (m.subject_of, m.matter, p.recipient) m.subject_of, 'notify-recipient', m.matter, p.recipient,
       p.position, m.owner, w.day, w.day
FROM matter AS m
CROSS JOIN LATERAL (
    SELECT d.recipient, greatest(m.position, d.position) AS position, NULL AS undone
    FROM disclosure AS d
    WHERE d.subject_of = m.subject_of AND (d.position < m.position OR d.at < m.at) AND d.recipient IS DISTINCT FROM m.maker
      AND (cardinality(m.items) = 0 OR cardinality(d.items) = 0 OR EXISTS (
          SELECT FROM item AS went JOIN item AS put_right ON put_right.written = ANY (m.items)
          WHERE went.written = ANY (d.items) AND (went.code = put_right.code OR went.code IS NULL OR put_right.code IS NULL)))
    UNION ALL
    SELECT f.recipient, f.position, f.undone FROM found AS f
    WHERE f.subject_of = m.subject_of AND f.matter = m.matter AND f.position > m.position) AS p
CROSS JOIN LATERAL (SELECT (m.at AT TIME ZONE 'Europe/London')::date AS day) AS w
LEFT JOIN settlement AS s ON s.subject_of = m.subject_of AND s.kind = 'notify-recipient' AND s.subject = m.matter AND s.recipient = p.recipient
WHERE m.subject_of IN (SELECT e.stream FROM :batch AS e WHERE e.type IN (
          'record-corrected', 'erasure-upheld', 'processing-restricted', 'data-shared', 'customer-referred', 'recipients-found',
          'customers-unmerged'))
  AND (p.undone IS NULL OR s.position < p.undone)
ORDER BY m.subject_of, m.matter, p.recipient, p.position, m.position
ON CONFLICT DO NOTHING;

-- Who was told is to confirm that it was put right there too, and is asked again.
INSERT INTO obligation (subject_of, kind, subject, recipient, position, owner, started_on, target_from)
SELECT DISTINCT ON (e.stream, k.kind, o.subject, o.recipient) e.stream, k.kind, o.subject, o.recipient, e.position, k.owner,
       (e.occurred_at AT TIME ZONE 'Europe/London')::date, (e.occurred_at AT TIME ZONE 'Europe/London')::date
FROM :batch AS e JOIN obligation AS o ON o.subject_of = e.stream AND o.kind = 'notify-recipient'
     AND o.subject = e.facts->>'matter_id' AND o.recipient = e.facts->>'recipient' AND o.position < e.position
CROSS JOIN LATERAL (VALUES ('confirm-correction', o.recipient), ('chase-correction', o.owner)) AS k (kind, owner)
WHERE e.type = 'recipient-notified' AND NOT e.facts ? 'not_told_because'
ORDER BY e.stream, k.kind, o.subject, o.recipient, e.position
ON CONFLICT DO NOTHING;

INSERT INTO obligation (subject_of, kind, subject, recipient, position, owner, started_on, target_from, due_at)
SELECT e.stream, k.kind, e.facts->>'assessment_id', '', e.position, e.facts->>'organisation',
       ((e.facts->>'became_aware_at')::timestamptz AT TIME ZONE 'Europe/London')::date,
       ((e.facts->>'became_aware_at')::timestamptz AT TIME ZONE 'Europe/London')::date, k.due_at::timestamptz
FROM :batch AS e
CROSS JOIN LATERAL (VALUES ('assess-breach', e.facts->>'due_at'), ('tell-controller', e.facts->>'controller_due_at')) AS k (kind, due_at)
WHERE e.type = 'breach-assessment-opened' AND k.due_at IS NOT NULL
ON CONFLICT DO NOTHING;

INSERT INTO breach_risk (subject_of, assessment, position, day, high)
SELECT e.stream, e.facts->>'assessment_id', e.position, (e.occurred_at AT TIME ZONE 'Europe/London')::date, e.facts->>'risk' = 'high'
FROM :batch AS e WHERE e.type = 'breach-risk-assessed'
ON CONFLICT DO NOTHING;

-- Mailboxes are cleansed again and again: each time begins a new period.
INSERT INTO obligation (subject_of, kind, subject, recipient, position, owner, started_on, target_from)
SELECT DISTINCT ON (e.stream, b.mailbox) e.stream, 'cleanse-mailbox', b.mailbox, '', e.position, e.facts->>'organisation', b.day, b.day
FROM :batch AS e
CROSS JOIN LATERAL (SELECT coalesce(e.facts->>'mailbox', e.facts->>'domain') AS mailbox,
                           (e.occurred_at AT TIME ZONE 'Europe/London')::date AS day) AS b
WHERE e.type IN ('work-domain-registered', 'mailbox-cleansed')
ORDER BY e.stream, b.mailbox, b.day DESC, e.position DESC
ON CONFLICT ON CONSTRAINT obligation_is_unique DO UPDATE
SET started_on = excluded.started_on, target_from = excluded.target_from, position = excluded.position
WHERE (excluded.started_on, excluded.position) > (obligation.started_on, obligation.position);

INSERT INTO spoken_with (subject_of, position, at)
SELECT e.stream, e.position, coalesce((e.facts->>'held_at')::timestamptz, (e.facts->>'appointment_at')::timestamptz, e.occurred_at)
FROM :batch AS e WHERE e.type IN ('interaction-held', 'appointment-kept')
ON CONFLICT DO NOTHING;

-- A contact with the person, or a disclosure to somebody who did not send the data, brings forward the day they must know, if it
-- came after the data did, whichever of the two was recorded first (LEDG-10).
UPDATE obligation SET sooner_on = n.day
FROM (SELECT o.subject_of, o.subject, min((c.at AT TIME ZONE 'Europe/London')::date) AS day
      FROM obligation AS o
      JOIN (SELECT w.subject_of, w.at, NULL AS recipient FROM spoken_with AS w
            UNION ALL SELECT d.subject_of, d.at, d.recipient FROM disclosure AS d) AS c
          ON c.subject_of = o.subject_of AND c.at >= o.obtained_at AND c.recipient IS DISTINCT FROM coalesce(o.source, '')
      WHERE o.kind = 'inform-customer' AND o.subject_of IN (SELECT e.stream FROM :batch AS e WHERE e.type IN (
          'data-received', 'interaction-held', 'appointment-kept', 'data-shared', 'customer-referred'))
      GROUP BY o.subject_of, o.subject) AS n
WHERE obligation.subject_of = n.subject_of AND obligation.kind = 'inform-customer' AND obligation.subject = n.subject
  AND (obligation.sooner_on IS NULL OR n.day < obligation.sooner_on);

-- People are to be told while the risk to them is high; judged lower before they were told, they need not be.
DELETE FROM obligation AS o
USING (SELECT DISTINCT e.stream FROM :batch AS e WHERE e.type IN ('breach-risk-assessed', 'people-notified', 'breach-assessment-closed')) AS t
WHERE o.subject_of = t.stream AND o.kind = 'tell-people' AND o.settled_at IS NULL;

INSERT INTO obligation (subject_of, kind, subject, recipient, position, started_on, target_from)
SELECT DISTINCT ON (r.subject_of, r.assessment) r.subject_of, 'tell-people', r.assessment, '', r.position, r.day, r.day
FROM breach_risk AS r
JOIN (SELECT DISTINCT e.stream FROM :batch AS e WHERE e.type IN ('breach-risk-assessed', 'people-notified', 'breach-assessment-closed')) AS t
    ON t.stream = r.subject_of
LEFT JOIN settlement AS s ON s.subject_of = r.subject_of AND s.kind = 'tell-people' AND s.subject = r.assessment AND s.recipient = ''
WHERE r.high AND NOT EXISTS (
    SELECT FROM breach_risk AS l WHERE l.subject_of = r.subject_of AND l.assessment = r.assessment AND NOT l.high
    AND l.position > r.position AND (s.position IS NULL OR l.position < s.position))
ORDER BY r.subject_of, r.assessment, r.position
ON CONFLICT DO NOTHING;

UPDATE obligation AS o SET settled_at = s.at, settled_by = s.position
FROM settlement AS s
WHERE o.settled_at IS NULL AND s.subject_of = o.subject_of AND s.kind = o.kind
  AND (s.subject = o.subject OR s.kind = 'inform-customer') AND s.recipient = o.recipient
  AND o.subject_of IN (SELECT e.stream FROM :batch AS e WHERE e.type IN (
      'data-received', 'data-incorporated', 'data-routed', 'data-shared', 'customer-referred', 'copy-disposed', 'receipt-confirmed', 'recipient-chased',
      'passed-to-work-coach', 'customer-informed', 'record-corrected', 'erasure-upheld', 'processing-restricted', 'recipients-found',
      'customers-unmerged', 'recipient-notified', 'correction-confirmed', 'breach-assessment-opened', 'breach-risk-assessed', 'controller-notified', 'regulator-notified',
      'people-notified', 'breach-assessment-closed'));

-- Until when, with the list as it now is: for what began or moved, and for everything when the list is another.
UPDATE obligation AS o SET due_on = w.due_on, target_on = w.target_on
FROM (
    SELECT a.subject_of, a.kind, a.subject, a.recipient,
           CASE WHEN a.due_at IS NOT NULL THEN (a.due_at AT TIME ZONE 'Europe/London')::date
                WHEN d.days IS NOT NULL THEN least(a.started_on + d.days, a.sooner_on)
                WHEN d.months IS NOT NULL THEN
                    (SELECT least(n.day, a.sooner_on) FROM day AS n
                     WHERE n.day >= (a.started_on + make_interval(months => d.months))::date AND n.working
                       AND (a.started_on + make_interval(months => d.months))::date >= (SELECT c.first_day FROM calendar AS c)
                     ORDER BY n.day LIMIT 1)
                ELSE (SELECT least(n.day, a.sooner_on) FROM day AS f JOIN day AS n ON n.number = f.number + d.working_days AND n.working
                      WHERE f.day = a.started_on) END AS due_on,
           (SELECT n.day FROM day AS f JOIN day AS n ON n.number = f.number + d.target_working_days AND n.working
            WHERE f.day = a.target_from) AS target_on
    FROM obligation AS a JOIN duty AS d USING (kind)
    WHERE a.subject_of IN (SELECT e.stream FROM :batch AS e WHERE e.type IN (
              'data-received', 'data-incorporated', 'data-shared', 'record-corrected', 'erasure-upheld', 'processing-restricted',
              'recipients-found', 'customers-unmerged', 'recipient-notified', 'breach-assessment-opened', 'breach-risk-assessed', 'people-notified',
              'breach-assessment-closed', 'interaction-held', 'appointment-kept', 'customer-referred',
              'work-domain-registered', 'mailbox-cleansed'))
       OR EXISTS (SELECT FROM :batch AS e WHERE e.type = 'calendar-published')
) AS w
WHERE o.subject_of = w.subject_of AND o.kind = w.kind AND o.subject = w.subject AND o.recipient = w.recipient
  AND (o.due_on, o.target_on) IS DISTINCT FROM (w.due_on, w.target_on);
