INSERT INTO local_period (organisation, kind, months, valid_from, position)
SELECT e.facts->>'organisation', e.facts->>'kind', (e.facts->>'months')::integer, (e.facts->>'valid_from')::date, e.position
FROM :batch AS e WHERE e.type = 'retention-period-set'
ON CONFLICT DO NOTHING;

INSERT INTO choice (choice, valid_from, valid_until, position)
SELECT e.facts->>'rule_set', coalesce((e.facts->>'valid_from')::date, '0001-01-01'), coalesce((e.facts->>'valid_until')::date, '9999-12-31'),
       e.position
FROM :batch AS e WHERE e.type = 'rule-set-published' AND e.facts->>'rule_set' IN (SELECT s.choice FROM schedule AS s)
ON CONFLICT DO NOTHING;

INSERT INTO hold (customer, hold, code, classes, placed_at, review_on, owner, position)
SELECT e.stream, e.facts->>'hold_id', e.facts->>'code',
       ARRAY(SELECT jsonb_array_elements_text(coalesce(e.facts->'classes', '[]'))), e.occurred_at,
       (e.facts->>'review_on')::date, e.facts->>'owner', e.position
FROM :batch AS e WHERE e.type = 'hold-placed'
ON CONFLICT DO NOTHING;

UPDATE hold SET lifted_at = l.at
FROM (SELECT e.stream, e.facts->>'hold_id' AS hold, max(e.occurred_at) AS at
      FROM :batch AS e WHERE e.type = 'hold-lifted' GROUP BY 1, 2) AS l
WHERE hold.customer = l.stream AND hold.hold = l.hold;

UPDATE hold SET review_on = n.review_on
FROM (SELECT DISTINCT ON (e.stream, e.facts->>'hold_id') e.stream, e.facts->>'hold_id' AS hold, (e.facts->>'review_on')::date AS review_on
      FROM :batch AS e WHERE e.type = 'hold-reviewed' ORDER BY e.stream, e.facts->>'hold_id', e.position DESC) AS n
WHERE hold.customer = n.stream AND hold.hold = n.hold;

INSERT INTO works_under (organisation, part_of, position)
SELECT DISTINCT ON (e.facts->>'organisation') e.facts->>'organisation', e.facts->>'part_of', e.position
FROM :batch AS e WHERE e.type = 'organisation-registered' ORDER BY e.facts->>'organisation', e.position DESC
ON CONFLICT ON CONSTRAINT works_under_is_unique DO UPDATE SET part_of = excluded.part_of, position = excluded.position;

INSERT INTO first_day (organisation, registered, contracted)
SELECT e.facts->>'organisation',
       min(coalesce(left(e.facts->>'valid_from', 10)::date, '0001-01-01')) FILTER (WHERE e.type = 'organisation-registered'),
       min(coalesce(left(e.facts->>'valid_from', 10)::date, '0001-01-01')) FILTER (WHERE e.type = 'contract-started')
FROM :batch AS e WHERE e.type IN ('organisation-registered', 'contract-started') GROUP BY 1
ON CONFLICT ON CONSTRAINT first_day_is_unique DO UPDATE
SET registered = least(first_day.registered, excluded.registered), contracted = least(first_day.contracted, excluded.contracted);

INSERT INTO instruction (instruction, contractor, classes, day, position)
SELECT e.facts->>'instruction', e.facts->>'contractor', ARRAY(SELECT jsonb_array_elements_text(e.facts->'classes')),
       (e.facts->>'valid_from')::date, e.position
FROM :batch AS e WHERE e.type = 'destruction-instructed'
ON CONFLICT DO NOTHING;

INSERT INTO extension (customer, class, until, position)
SELECT e.stream, c.class, (e.facts->>'until')::date, e.position
FROM :batch AS e CROSS JOIN LATERAL jsonb_array_elements_text(e.facts->'classes') AS c (class)
WHERE e.type = 'retention-extended'
ON CONFLICT DO NOTHING;

INSERT INTO held_with (customer, into_customer, merge)
SELECT coalesce((e.facts->>'duplicate')::uuid, e.stream), coalesce((e.facts->>'into')::uuid, e.stream), e.facts->>'merge_id'
FROM :batch AS e WHERE e.type = 'customers-merged'
ON CONFLICT DO NOTHING;

DELETE FROM held_with USING (SELECT e.stream, e.facts->>'merge_id' AS merge FROM :batch AS e WHERE e.type = 'customers-unmerged') AS undone
WHERE undone.stream IN (held_with.customer, held_with.into_customer) AND held_with.merge = undone.merge;

INSERT INTO case_file (request, customer)
SELECT DISTINCT ON (e.stream) e.stream, (e.facts->>'customer_id')::uuid
FROM :batch AS e WHERE e.type IN ('request-received', 'identity-confirmed') AND e.facts->>'customer_id' IS NOT NULL
ORDER BY e.stream, e.position
ON CONFLICT DO NOTHING;

INSERT INTO holding (customer, class, part, events, first_position, last_position)
SELECT e.stream, e.class, e.part, count(*), min(e.position), max(e.position)
FROM :batch AS e WHERE e.class IS NOT NULL AND e.class NOT IN ('staff', 'organisation')
  AND e.type NOT IN ('claim-received', 'claim-confirmed', 'claim-disputed') -- kept and destroyed with the record they are about
GROUP BY e.stream, e.class, e.part
ON CONFLICT ON CONSTRAINT holding_is_unique DO UPDATE
SET events = holding.events + excluded.events, last_position = excluded.last_position;

-- Clocks that start once, or start again: the day is the London day, and a later event of the same clock moves it. Of what
-- was said of a consent, what was said later counts, whichever was recorded later (CONSENT-08).
INSERT INTO started (customer, clock, part, day, said_at, position, organisation)
SELECT e.stream,
       CASE e.type WHEN 'service-ended' THEN 'service_ended' WHEN 'service-resumed' THEN 'service_resumed'
                   WHEN 'data-received' THEN 'received' WHEN 'data-incorporated' THEN 'incorporated'
                   WHEN 'appointment-missed' THEN 'missed' WHEN 'appointment-kept' THEN 'attended'
                   WHEN 'response-sent' THEN 'request_closed' WHEN 'request-refused' THEN 'request_closed'
                   WHEN 'request-withdrawn' THEN 'request_closed' WHEN 'request-received' THEN 'request_received'
                   WHEN 'consent-withdrawn' THEN 'equality' WHEN 'consent-refused' THEN 'equality'
                   WHEN 'consent-expired' THEN 'equality' WHEN 'consent-invalidated' THEN 'equality'
                   WHEN 'consent-given' THEN 'equality_given' WHEN 'breach-assessment-opened' THEN 'breach_opened'
                   WHEN 'breach-assessment-closed' THEN 'breach_closed' END,
       -- Equality data is kept by the consent it rests on; the consent to monitoring is for all of it.
       CASE WHEN e.type IN ('data-received', 'data-incorporated') THEN e.facts->>'receipt_id'
            WHEN e.type IN ('breach-assessment-opened', 'breach-assessment-closed') THEN e.facts->>'assessment_id'
            WHEN e.facts->>'scope' IN ('collect_ethnicity', 'collect_lldd_health') THEN e.facts->>'scope'
            ELSE '' END,
       ((CASE WHEN e.type IN ('appointment-missed', 'appointment-kept')
              THEN coalesce((e.facts->>'appointment_at')::timestamptz, e.occurred_at)
              ELSE e.occurred_at END) AT TIME ZONE 'Europe/London')::date,
       CASE WHEN e.facts ? 'scope' THEN e.occurred_at ELSE 'epoch' END, e.position,
       CASE WHEN e.type = 'data-received' THEN e.facts->>'received_by'
            WHEN e.type IN ('appointment-missed', 'appointment-kept', 'request-received', 'consent-withdrawn', 'consent-refused',
                            'consent-expired', 'consent-invalidated')
            THEN coalesce(e.facts->>'organisation', e.facts->>'touchpoint') END
FROM :batch AS e
WHERE e.type IN ('service-ended', 'service-resumed', 'data-received', 'data-incorporated', 'appointment-missed', 'appointment-kept',
                 'request-received', 'response-sent', 'request-refused', 'request-withdrawn', 'breach-assessment-opened',
                 'breach-assessment-closed')
   OR (e.type IN ('consent-withdrawn', 'consent-refused', 'consent-expired', 'consent-invalidated', 'consent-given')
       AND e.facts->>'scope' IN ('collect_ethnicity', 'collect_lldd_health', 'equality_monitoring')
       -- What a stranger reported stops the use at once, and destroys nothing until somebody entitled confirms it.
       AND NOT e.facts ? 'rests_on');

-- Who served the person, when they were last in contact (staff, auditor and system reads are no contacts), whether by their
-- online account or otherwise (G-05), and when they were registered: an imported document says that itself or nobody does.
-- That day is no act of the organisation that the document names, which may be younger than the registration.
INSERT INTO started (customer, clock, part, day, said_at, position, organisation)
SELECT d.stream, s.clock, '', s.day, 'epoch', d.position,
       CASE WHEN s.clock = 'serving' OR (s.clock = 'last_contact' AND d.stated < d.recorded) THEN d.organisation END
FROM (
    SELECT e.stream, e.position, e.type, e.facts, coalesce(e.facts->>'organisation', e.facts->>'touchpoint') AS organisation,
           (e.occurred_at AT TIME ZONE 'Europe/London')::date AS recorded,
           (coalesce((e.facts->>'held_at')::timestamptz, (e.facts->>'appointment_at')::timestamptz, e.occurred_at)
            AT TIME ZONE 'Europe/London')::date AS stated
    FROM :batch AS e
    WHERE e.type IN ('customer-registered', 'interaction-held', 'appointment-kept', 'appointment-missed', 'service-ended')
    OFFSET 0) AS d -- each day is worked out once
CROSS JOIN LATERAL (VALUES
    ('serving', CASE WHEN d.organisation IS NOT NULL THEN d.recorded END),
    ('last_contact', CASE WHEN d.type IN ('customer-registered', 'interaction-held', 'appointment-kept') THEN d.stated END),
    (CASE WHEN d.type = 'interaction-held' AND coalesce(lower(d.facts->>'channel'), '') IN ('account', 'account_login')
          THEN 'account' ELSE 'contact' END,
     CASE WHEN d.type IN ('interaction-held', 'appointment-kept') THEN d.recorded END),
    ('registered', CASE WHEN d.type = 'customer-registered'
                        THEN coalesce(((d.facts->>'registered_at')::timestamptz AT TIME ZONE 'Europe/London')::date,
                                      CASE WHEN d.facts->>'written_at' IS NULL THEN d.recorded END) END)) AS s (clock, day)
WHERE s.day IS NOT NULL;

-- Of the records that an organisation kept only the latest counts: if it cannot be, no earlier one can.
INSERT INTO started (customer, clock, part, day, said_at, position, organisation)
SELECT DISTINCT ON (e.stream, r.clock, r.organisation) e.stream, r.clock, '', r.day, 'epoch', e.position, r.organisation
FROM :batch AS e
CROSS JOIN LATERAL (
    SELECT CASE WHEN e.facts->>'collection' = 'digitalidentities' THEN 'account' ELSE 'contact' END AS clock,
           (e.occurred_at AT TIME ZONE 'Europe/London')::date AS day,
           coalesce(e.facts->>'organisation', e.facts->>'touchpoint') AS organisation) AS r
WHERE e.type = 'record-kept'
  AND e.facts->>'collection' IN ('digitalidentities', 'sessions', 'webchats', 'interactions', 'actionplans')
ORDER BY e.stream, r.clock, r.organisation, r.day DESC;

-- Whose clocks may stand differently now: a new entry about an organisation concerns only what was done before its first day.
INSERT INTO touched (customer)
SELECT e.stream FROM :batch AS e
WHERE e.type IN (
    'customer-registered', 'interaction-held', 'appointment-kept', 'appointment-missed', 'service-ended', 'service-resumed',
    'data-received', 'data-incorporated', 'request-received', 'response-sent', 'request-refused', 'request-withdrawn',
    'breach-assessment-opened', 'breach-assessment-closed', 'consent-withdrawn', 'consent-refused', 'consent-expired',
    'consent-invalidated', 'consent-given', 'record-kept')
UNION
SELECT e.stream FROM :batch AS e JOIN cannot_be AS c ON c.customer = e.stream
UNION
SELECT s.customer
FROM (SELECT DISTINCT e.facts->>'organisation' AS organisation FROM :batch AS e
      WHERE e.type IN ('organisation-registered', 'contract-started')) AS n
JOIN first_day AS f ON f.organisation = n.organisation
     OR EXISTS (SELECT FROM works_under AS u WHERE u.organisation = f.organisation AND u.part_of = n.organisation)
LEFT JOIN works_under AS w ON w.organisation = f.organisation
LEFT JOIN first_day AS p ON p.organisation = w.part_of
JOIN started AS s ON s.organisation = f.organisation
WHERE s.day < greatest(f.registered, least(f.contracted, p.contracted))
   OR EXISTS (SELECT FROM cannot_be AS c WHERE c.customer = s.customer)
ON CONFLICT DO NOTHING;

DELETE FROM cannot_be USING touched AS t WHERE cannot_be.customer = t.customer;

-- An end before its beginning; an act before the organisation was registered, or before its contract or its prime's began.
INSERT INTO cannot_be (customer, position, why)
SELECT DISTINCT ON (j.customer, j.position) j.customer, j.position, j.why
FROM (
    SELECT s.customer, s.position, k.why, 1 AS rank
    FROM touched AS t JOIN started AS s ON s.customer = t.customer
    JOIN (VALUES ('service_ended', 'registered', 'ended-before-registered'),
                 ('incorporated', 'received', 'incorporated-before-received'),
                 ('breach_closed', 'breach_opened', 'closed-before-opened')) AS k (clock, begins, why) ON k.clock = s.clock
    JOIN started AS b ON b.customer = s.customer AND b.clock = k.begins AND b.part = s.part
    GROUP BY s.customer, s.position, k.why, s.day HAVING s.day < min(b.day)
    UNION ALL
    SELECT s.customer, s.position, CASE WHEN s.day < f.registered THEN 'before-organisation' ELSE 'before-contract' END,
           CASE WHEN s.day < f.registered THEN 2 ELSE 3 END
    FROM touched AS t JOIN started AS s ON s.customer = t.customer
    JOIN first_day AS f ON f.organisation = s.organisation
    LEFT JOIN works_under AS w ON w.organisation = s.organisation
    LEFT JOIN first_day AS p ON p.organisation = w.part_of
    WHERE s.day < f.registered OR s.day < least(f.contracted, p.contracted)
) AS j
ORDER BY j.customer, j.position, j.rank;

-- What began when it cannot have been has no day to end on either.
INSERT INTO cannot_be (customer, position, why)
SELECT DISTINCT ON (s.customer, s.position) s.customer, s.position, c.why
FROM touched AS t JOIN cannot_be AS c ON c.customer = t.customer
JOIN started AS b ON b.customer = c.customer AND b.position = c.position AND b.clock IN ('received', 'request_received')
JOIN started AS s ON s.customer = b.customer AND s.part = b.part
     AND s.clock = CASE b.clock WHEN 'received' THEN 'incorporated' ELSE 'request_closed' END
ORDER BY s.customer, s.position, b.position DESC
ON CONFLICT DO NOTHING;

-- The start of each clock that counts: the latest, the last day of contact, or the first time there was any.
WITH fresh AS MATERIALIZED (
    SELECT DISTINCT ON (s.customer, s.clock, s.part) s.customer, s.clock, s.part, s.day, s.said_at, s.position
    FROM touched AS t JOIN started AS s ON s.customer = t.customer
    WHERE s.clock NOT IN ('serving', 'registered')
      AND NOT EXISTS (SELECT FROM cannot_be AS c WHERE c.customer = s.customer AND c.position = s.position)
    ORDER BY s.customer, s.clock, s.part, s.said_at DESC, CASE WHEN s.clock = 'last_contact' THEN s.day END DESC,
             CASE WHEN s.clock IN ('contact', 'account') THEN s.position ELSE - s.position END
), gone AS (
    DELETE FROM clock USING cannot_be AS c, touched AS t
    WHERE clock.customer = t.customer AND c.customer = t.customer AND clock.position = c.position
      AND NOT EXISTS (SELECT FROM fresh AS f WHERE (f.customer, f.clock, f.part) = (clock.customer, clock.clock, clock.part))
)
INSERT INTO clock (customer, clock, part, day, said_at, position)
SELECT f.customer, f.clock, f.part, f.day, f.said_at, f.position
FROM fresh AS f LEFT JOIN clock AS k ON (k.customer, k.clock, k.part) = (f.customer, f.clock, f.part)
WHERE (k.day, k.said_at, k.position) IS DISTINCT FROM (f.day, f.said_at, f.position)
ON CONFLICT ON CONSTRAINT clock_is_unique DO UPDATE SET day = excluded.day, said_at = excluded.said_at, position = excluded.position;

WITH fresh AS MATERIALIZED (
    SELECT DISTINCT ON (s.customer) s.customer, s.organisation, s.position
    FROM touched AS t JOIN started AS s ON s.customer = t.customer AND s.clock = 'serving' AND s.part = ''
    WHERE NOT EXISTS (SELECT FROM cannot_be AS c WHERE c.customer = s.customer AND c.position = s.position)
    ORDER BY s.customer, s.position DESC
), gone AS (
    DELETE FROM responsible USING touched AS t
    WHERE responsible.customer = t.customer AND EXISTS (SELECT FROM cannot_be AS c WHERE c.customer = t.customer)
      AND NOT EXISTS (SELECT FROM fresh AS f WHERE f.customer = responsible.customer)
)
INSERT INTO responsible (customer, organisation, position)
SELECT f.customer, f.organisation, f.position
FROM fresh AS f LEFT JOIN responsible AS r ON r.customer = f.customer
WHERE (r.organisation, r.position) IS DISTINCT FROM (f.organisation, f.position)
ON CONFLICT ON CONSTRAINT responsible_is_unique DO UPDATE SET organisation = excluded.organisation, position = excluded.position;

-- Readings, refused attempts and grants are kept by the month, and a month's are due when the first of them is.
INSERT INTO clock (customer, clock, part, day, position)
SELECT DISTINCT ON (e.stream, e.facts->>'part')
       e.stream, 'read', coalesce(e.facts->>'part', ''), (e.occurred_at AT TIME ZONE 'Europe/London')::date, e.position
FROM :batch AS e
WHERE e.type IN ('personal-data-read', 'access-refused', 'grant-requested', 'grant-approved', 'grant-refused', 'grant-ended')
ORDER BY e.stream, e.facts->>'part', e.position
ON CONFLICT DO NOTHING;

-- An erasure that was upheld ends the time of each class it names.
INSERT INTO clock (customer, clock, part, day, position)
SELECT DISTINCT ON (e.stream, c.class) e.stream, 'erasure', c.class, (e.occurred_at AT TIME ZONE 'Europe/London')::date, e.position
FROM :batch AS e CROSS JOIN LATERAL jsonb_array_elements_text(e.facts->'classes') AS c (class)
WHERE e.type = 'erasure-upheld'
ORDER BY e.stream, c.class, e.position
ON CONFLICT DO NOTHING;

DELETE FROM holding USING (
    SELECT e.stream, d.one->>'class' AS class, coalesce(d.one->>'part', '') AS part
    FROM :batch AS e CROSS JOIN LATERAL jsonb_array_elements(e.facts->'destroyed') AS d (one)
    WHERE e.type = 'records-destroyed') AS gone
WHERE holding.customer = gone.stream AND holding.class = gone.class AND holding.part = gone.part;

WITH affected AS (
    SELECT t.customer FROM touched AS t
    UNION
    SELECT e.stream FROM :batch AS e
    WHERE e.class IS NOT NULL OR e.type IN ('records-destroyed', 'erasure-upheld', 'retention-extended')
    UNION
    -- A choice is about everybody whose clock may have started while it was in force or out of it.
    SELECT c.customer FROM :batch AS e
    JOIN schedule AS s ON e.type = 'rule-set-published' AND s.choice = e.facts->>'rule_set'
    JOIN clock AS c ON c.clock = s.clock
    UNION
    SELECT r.customer FROM responsible AS r
    JOIN :batch AS e ON e.type = 'retention-period-set' AND e.facts->>'organisation' = r.organisation
    UNION
    -- An instruction is for everybody its contractor, or whoever works under it, is responsible for.
    SELECT r.customer FROM responsible AS r LEFT JOIN works_under AS w USING (organisation)
    JOIN :batch AS e ON e.type IN ('destruction-instructed', 'organisation-registered')
         AND coalesce(e.facts->>'contractor', e.facts->>'organisation') IN (r.organisation, w.part_of)
    WHERE EXISTS (SELECT FROM instruction)
), running AS (
    -- A clock runs for a customer unless a later event of the customer stopped it.
    SELECT c.customer, c.clock, c.part, c.day, c.position
    FROM clock AS c JOIN affected USING (customer)
    WHERE c.clock IN ('incorporated', 'last_contact', 'missed', 'read', 'request_closed', 'erasure', 'breach_closed')
       OR (c.clock = 'breach_opened' AND NOT EXISTS (
               SELECT FROM clock AS b WHERE b.customer = c.customer AND b.clock = 'breach_closed' AND b.part = c.part))
       -- What was put into the record is counted from there; only what never was, from when it came (G-01).
       OR (c.clock = 'received' AND NOT EXISTS (
               SELECT FROM clock AS i
               WHERE i.customer = c.customer AND i.clock = 'incorporated' AND i.part = c.part))
       OR (c.clock = 'request_received' AND NOT EXISTS (
               SELECT FROM clock AS a WHERE a.customer = c.customer AND a.clock = 'request_closed'))
       OR (c.clock = 'service_ended' AND NOT EXISTS (
               SELECT FROM clock AS r WHERE r.customer = c.customer AND r.clock = 'service_resumed' AND r.position > c.position))
       OR (c.clock = 'equality' AND NOT EXISTS (
               SELECT FROM clock AS g
               WHERE g.customer = c.customer AND g.clock = 'equality_given' AND g.part = c.part
                     AND (g.said_at, g.position) > (c.said_at, c.position)))
    UNION ALL
    SELECT a.customer, 'instruction', k.class, i.day, i.position
    FROM affected AS a JOIN responsible AS r USING (customer) LEFT JOIN works_under AS w USING (organisation)
    JOIN instruction AS i ON i.contractor IN (r.organisation, w.part_of)
    CROSS JOIN LATERAL unnest(i.classes) AS k (class)
), candidate AS MATERIALIZED ( -- worked out once, and read several times
    SELECT h.customer, h.class, h.part, s.rule, s.clock, r.position AS because, r.day, s.patience,
           CASE WHEN s.clock = 'last_contact' AND h.class = 'nhs_careers' THEN (
               SELECT max(x.until) FROM extension AS x WHERE x.customer = h.customer AND x.class = h.class) END AS until,
           CASE WHEN s.local IS NULL THEN s.months ELSE (
               SELECT l.months FROM local_period AS l WHERE l.organisation = o.organisation AND l.kind = s.local
               -- The period in force on the day the clock started, or else the first one that was set after it.
               ORDER BY l.valid_from <= r.day DESC, CASE WHEN l.valid_from <= r.day THEN l.valid_from END DESC,
                        l.valid_from, l.position DESC LIMIT 1) END AS months
    FROM holding AS h
    JOIN running AS r ON r.customer = h.customer
         AND (CASE WHEN r.clock IN ('erasure', 'instruction') THEN r.part = h.class
              ELSE r.part IN ('', h.part) OR (h.class = 'equality' AND r.part = split_part(h.part, '/', 1)) END)
    JOIN schedule AS s ON s.class = h.class AND s.clock = r.clock
    LEFT JOIN responsible AS o ON o.customer = h.customer
    -- A no-show who never came is on the no-show's schedule alone, but consent can be withdrawn, and an erasure upheld or
    -- instructed, on any schedule.
    WHERE (s.clock IN ('equality', 'erasure', 'instruction') OR (s.clock = 'missed') = (
        EXISTS (SELECT FROM running AS m WHERE m.customer = h.customer AND m.clock = 'missed')
        AND EXISTS (SELECT FROM schedule AS own WHERE own.class = h.class AND own.clock = 'missed')
        AND NOT EXISTS (SELECT FROM clock AS a WHERE a.customer = h.customer AND a.clock = 'attended')))
      AND (s.contact IS NULL OR (s.contact = 'account') = (
          EXISTS (SELECT FROM clock AS k WHERE k.customer = h.customer AND k.clock = 'account')
          AND NOT EXISTS (SELECT FROM clock AS k WHERE k.customer = h.customer AND k.clock = 'contact')))
      AND (NOT s.of_receipts OR EXISTS (
          SELECT FROM clock AS k WHERE k.customer = h.customer AND k.clock = 'incorporated' AND k.part = h.part))
      -- Published once, a choice is in force only as published: the one that began last, until its last day.
      AND (s.choice IS NULL OR NOT EXISTS (SELECT FROM choice AS k WHERE k.choice = s.choice) OR coalesce((
          SELECT k.valid_until >= r.day FROM choice AS k WHERE k.choice = s.choice AND k.valid_from <= r.day
          ORDER BY k.valid_from DESC, k.position DESC LIMIT 1), false))
      AND (s.local IS DISTINCT FROM 'inactivity' OR NOT EXISTS (
          SELECT FROM running AS d WHERE d.customer = h.customer AND d.clock = 'service_ended'))
), chosen AS (
    SELECT DISTINCT ON (c.customer, c.class, c.part) c.customer, c.class, c.part, c.rule, c.because,
           greatest(c.last_day, c.until) AS destroy_by,
           CASE WHEN c.months IS NULL THEN c.patient_until ELSE c.day END AS listed_on
    -- An old entry may bear the largest date of .NET: what lies beyond the last year that a date has is its last day.
    FROM (SELECT d.*, CASE WHEN d.months IS NOT NULL THEN least(d.day + make_interval(months => d.months), '9999-12-31')::date END AS last_day,
                 least(d.day + make_interval(months => d.patience), '9999-12-31')::date AS patient_until
          FROM candidate AS d) AS c
    -- The earliest day is the day; of two rules for one day an upheld erasure goes before an instruction, and that before
    -- the schedule (CONF-13).
    ORDER BY c.customer, c.class, c.part, greatest(c.last_day, c.until) NULLS LAST, c.patient_until,
             CASE c.clock WHEN 'erasure' THEN 1 WHEN 'instruction' THEN 2 ELSE 3 END, c.because, c.rule
), gone AS (
    DELETE FROM due USING affected AS a WHERE due.customer = a.customer
    AND NOT EXISTS (SELECT FROM chosen AS c WHERE c.customer = due.customer AND c.class = due.class AND c.part = due.part)
    RETURNING due.destroy_by, due.listed_on
), changed AS (
    SELECT c.*, d.destroy_by AS destroy_by_before, d.listed_on AS listed_on_before
    FROM chosen AS c LEFT JOIN due AS d ON (d.customer, d.class, d.part) = (c.customer, c.class, c.part)
    WHERE (d.listed_on, d.destroy_by, d.rule, d.because) IS DISTINCT FROM (c.listed_on, c.destroy_by, c.rule, c.because)
), put AS (
    INSERT INTO due (customer, class, part, destroy_by, listed_on, rule, because)
    SELECT customer, class, part, destroy_by, listed_on, rule, because FROM changed
    ON CONFLICT ON CONSTRAINT due_is_unique DO UPDATE
    SET destroy_by = excluded.destroy_by, listed_on = excluded.listed_on, rule = excluded.rule, because = excluded.because
), moved AS (
    SELECT coalesce(destroy_by, listed_on) AS day, destroy_by IS NOT NULL AS dated, -1 AS by FROM gone
    UNION ALL
    SELECT coalesce(destroy_by_before, listed_on_before), destroy_by_before IS NOT NULL, -1 FROM changed
    WHERE listed_on_before IS NOT NULL
    UNION ALL
    SELECT coalesce(destroy_by, listed_on), destroy_by IS NOT NULL, 1 FROM changed
)
INSERT INTO due_per_day (day, dated, count)
SELECT day, dated, sum(by) FROM moved GROUP BY day, dated HAVING sum(by) <> 0
ON CONFLICT ON CONSTRAINT due_per_day_is_unique DO UPDATE SET count = due_per_day.count + excluded.count;

DELETE FROM due_per_day WHERE count = 0;

DELETE FROM impossible USING touched AS t WHERE impossible.customer = t.customer;

-- What a date that cannot be would have dated, until a possible one takes its place or the clock is stopped.
INSERT INTO impossible (customer, class, part, rule, day, why, because)
SELECT DISTINCT ON (h.customer, h.class, h.part) h.customer, h.class, h.part, l.rule, s.day, c.why, s.position
FROM touched AS t JOIN cannot_be AS c ON c.customer = t.customer
JOIN started AS s ON s.customer = c.customer AND s.position = c.position
JOIN holding AS h ON h.customer = s.customer
     AND (s.part IN ('', h.part) OR (h.class = 'equality' AND s.part = split_part(h.part, '/', 1)))
JOIN LATERAL (SELECT min(n.rule COLLATE "C") AS rule FROM schedule AS n WHERE n.class = h.class AND n.clock = s.clock) AS l
     ON l.rule IS NOT NULL
WHERE NOT EXISTS (
    SELECT FROM clock AS k WHERE k.customer = s.customer AND k.part = s.part
    AND (k.clock = s.clock
         OR k.clock = CASE s.clock WHEN 'service_ended' THEN 'service_resumed' WHEN 'equality' THEN 'equality_given' END)
    AND (s.clock = 'last_contact' OR (k.said_at, k.position) > (s.said_at, s.position)))
ORDER BY h.customer, h.class, h.part, s.position DESC;

DELETE FROM touched;
