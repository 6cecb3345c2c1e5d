INSERT INTO finding (customer, finding, position, occurred_at, raised_at, rule, rule_set, severity, subject_type, subject, fields,
                     organisation, prime, overridden, state_since)
SELECT e.stream, e.facts->>'finding_id', e.position, e.occurred_at, e.recorded_at, e.facts->>'rule', e.facts->>'rule_set',
       e.facts->>'severity', e.facts->>'subject_type', e.facts->>'subject_id',
       ARRAY(SELECT jsonb_array_elements_text(coalesce(e.facts->'fields', '[]'))), e.facts->>'organisation', e.facts->>'prime',
       coalesce((e.facts->>'overridden')::boolean, false), e.recorded_at
FROM :batch AS e WHERE e.type = 'finding-raised'
ON CONFLICT DO NOTHING;

UPDATE finding SET state = s.state, state_since = s.at
FROM (SELECT DISTINCT ON (e.stream, e.facts->>'finding_id') e.stream, e.facts->>'finding_id' AS finding, substr(e.type, 9) AS state,
             e.recorded_at AS at
      FROM :batch AS e WHERE e.type IN ('finding-assessed', 'finding-remediated', 'finding-closed')
      ORDER BY e.stream, e.facts->>'finding_id', e.position DESC) AS s
WHERE finding.customer = s.stream AND finding.finding = s.finding;

UPDATE finding SET assessed_as = a.severity
FROM (SELECT DISTINCT ON (e.stream, e.facts->>'finding_id') e.stream, e.facts->>'finding_id' AS finding, e.facts->>'severity' AS severity
      FROM :batch AS e WHERE e.type = 'finding-assessed' AND e.facts ? 'severity'
      ORDER BY e.stream, e.facts->>'finding_id', e.position DESC) AS a
WHERE finding.customer = a.stream AND finding.finding = a.finding;

INSERT INTO assessment (customer, assessment, position, subject, findings, became_aware_at, due_at, controller_due_at, organisation)
SELECT e.stream, e.facts->>'assessment_id', e.position, e.facts->>'subject_id',
       ARRAY(SELECT jsonb_array_elements_text(coalesce(e.facts->'findings', '[]'))), (e.facts->>'became_aware_at')::timestamptz,
       (e.facts->>'due_at')::timestamptz, (e.facts->>'controller_due_at')::timestamptz, e.facts->>'organisation'
FROM :batch AS e WHERE e.type = 'breach-assessment-opened'
ON CONFLICT DO NOTHING;

-- What was recorded last of a breach assessment counts; whoever was told, and when, is kept from the first time.
UPDATE assessment SET risk = coalesce(r.risk, assessment.risk), outcome = coalesce(r.outcome, assessment.outcome),
       controller_notified_at = coalesce(assessment.controller_notified_at, r.controller_notified_at),
       regulator_notified_at = coalesce(assessment.regulator_notified_at, r.regulator_notified_at),
       people_notified_at = coalesce(assessment.people_notified_at, r.people_notified_at),
       closed_at = coalesce(assessment.closed_at, r.closed_at)
FROM (SELECT e.stream, e.facts->>'assessment_id' AS assessment,
             (array_agg(e.facts->>'risk' ORDER BY e.position DESC) FILTER (WHERE e.facts ? 'risk'))[1] AS risk,
             (array_agg(e.facts->>'outcome' ORDER BY e.position DESC) FILTER (WHERE e.facts ? 'outcome'))[1] AS outcome,
             (array_agg(e.occurred_at ORDER BY e.position) FILTER (WHERE e.type = 'controller-notified'))[1] AS controller_notified_at,
             (array_agg(e.occurred_at ORDER BY e.position) FILTER (WHERE e.type = 'regulator-notified'))[1] AS regulator_notified_at,
             (array_agg(e.occurred_at ORDER BY e.position) FILTER (WHERE e.type = 'people-notified'))[1] AS people_notified_at,
             (array_agg(e.occurred_at ORDER BY e.position) FILTER (WHERE e.type = 'breach-assessment-closed'))[1] AS closed_at
      FROM :batch AS e
      WHERE e.type IN ('breach-risk-assessed', 'controller-notified', 'regulator-notified', 'people-notified', 'breach-assessment-closed')
      GROUP BY e.stream, e.facts->>'assessment_id') AS r
WHERE assessment.customer = r.stream AND assessment.assessment = r.assessment;

INSERT INTO judgement (customer, kind, subject, position, judged_by, imported)
SELECT e.stream, e.type, coalesce(e.facts->>'share_id', e.facts->>'receipt_id'), e.position,
       ARRAY(SELECT jsonb_array_elements_text(coalesce(e.facts->'judged_by', '[]'))), e.facts ?| ARRAY['etag', 'history_id']
FROM :batch AS e WHERE e.type IN ('data-shared', 'data-received')
ON CONFLICT DO NOTHING;

INSERT INTO refused_proposal (position, proposal, refused_at, actor, command, rules)
SELECT e.position, e.facts->>'proposal_id', e.recorded_at, e.actor, e.facts->>'command_type',
       ARRAY(SELECT jsonb_array_elements_text(coalesce(e.facts->'rules', '[]')))
FROM :batch AS e WHERE e.type = 'proposal-refused'
ON CONFLICT DO NOTHING;
