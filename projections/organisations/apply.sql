INSERT INTO organisation (organisation, name, kind, part_of, valid_from, valid_until, to_be_confirmed, position)
SELECT e.facts->>'organisation', e.facts->>'name', e.facts->>'kind', e.facts->>'part_of',
       coalesce((e.facts->>'valid_from')::date, '0001-01-01'), (e.facts->>'valid_until')::date, coalesce((e.facts->>'to_be_confirmed')::boolean, false), e.position
FROM :batch AS e WHERE e.type = 'organisation-registered'
ON CONFLICT DO NOTHING;
