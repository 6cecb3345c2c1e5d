INSERT INTO refused_attempt (position, file, who, role, organisation, operator, route, command, about, refusal, rule, attempts, different,
                             first_at, last_at)
SELECT e.position, e.stream, split_part(e.actor, '/', 2), e.facts->>'role', e.facts->>'organisation',
       coalesce((e.facts->>'operator')::boolean, false), e.facts->>'route', e.facts->>'command', (e.facts->>'about')::uuid, e.facts->>'refusal',
       e.facts->>'rule', (e.facts->>'attempts')::integer, (e.facts->>'different')::integer,
       coalesce((e.facts->>'first_at')::timestamptz, e.occurred_at), e.occurred_at
FROM :batch AS e WHERE e.type = 'access-refused'
ON CONFLICT DO NOTHING;

INSERT INTO reading (who, role, organisation, operator, day, customer, readings, exports, by_grant, namesake)
SELECT split_part(e.actor, '/', 2), replace(split_part(e.actor, '@', 1), 'operator:', ''), split_part(split_part(e.actor, '@', 2), '/', 1),
       starts_with(e.actor, 'operator:'), (e.occurred_at AT TIME ZONE 'Europe/London')::date, e.stream, count(*),
       count(*) FILTER (WHERE e.facts->>'purpose' IN ('subject-access report', 'portable copy', 'consent records')),
       count(*) FILTER (WHERE e.facts ? 'grant_id'), min(e.facts->>'namesake')
FROM :batch AS e WHERE e.type = 'personal-data-read'
GROUP BY 1, 2, 3, 4, 5, 6
ON CONFLICT ON CONSTRAINT reading_is_unique DO UPDATE
SET readings = reading.readings + excluded.readings, exports = reading.exports + excluded.exports,
    by_grant = reading.by_grant + excluded.by_grant, namesake = least(reading.namesake, excluded.namesake);

INSERT INTO presence (who, role, organisation, operator, quarter, first_at, last_at, entries)
SELECT split_part(e.actor, '/', 2), replace(split_part(e.actor, '@', 1), 'operator:', ''), split_part(split_part(e.actor, '@', 2), '/', 1),
       starts_with(e.actor, 'operator:'), date_trunc('quarter', e.recorded_at AT TIME ZONE 'Europe/London')::date,
       min(e.recorded_at), max(e.recorded_at), count(*) FILTER (WHERE e.type NOT IN ('personal-data-read', 'access-refused'))
FROM :batch AS e
GROUP BY 1, 2, 3, 4, 5
ON CONFLICT ON CONSTRAINT presence_is_unique DO UPDATE
SET first_at = least(presence.first_at, excluded.first_at), last_at = greatest(presence.last_at, excluded.last_at),
    entries = presence.entries + excluded.entries;

INSERT INTO access_grant (customer, access_grant, position, who, role, organisation, requested_at, until, emergency, state_since)
SELECT e.stream, e.facts->>'grant_id', e.position, split_part(e.actor, '/', 2), replace(split_part(e.actor, '@', 1), 'operator:', ''),
       split_part(split_part(e.actor, '@', 2), '/', 1), e.recorded_at, (e.facts->>'until')::date,
       coalesce((e.facts->>'emergency')::boolean, false), e.recorded_at
FROM :batch AS e WHERE e.type = 'grant-requested'
ON CONFLICT DO NOTHING;

UPDATE access_grant SET state = s.state, decided_by = coalesce(s.decided_by, access_grant.decided_by), state_since = s.at
FROM (SELECT DISTINCT ON (e.stream, e.facts->>'grant_id') e.stream, e.facts->>'grant_id' AS access_grant, substr(e.type, 7) AS state,
             e.recorded_at AS at, max(e.actor) FILTER (WHERE e.type IN ('grant-approved', 'grant-refused'))
                 OVER (PARTITION BY e.stream, e.facts->>'grant_id') AS decided_by
      FROM :batch AS e WHERE e.type IN ('grant-approved', 'grant-refused', 'grant-ended')
      ORDER BY e.stream, e.facts->>'grant_id', e.position DESC) AS s
WHERE access_grant.customer = s.stream AND access_grant.access_grant = s.access_grant;
