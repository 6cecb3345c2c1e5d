-- The one way in for commands: lock the head, check every batch, insert, move the head; one round trip for a whole group.
-- Every array of a group has one element per event, except: *_command per batch, key_* per new key, token_* per search
-- token, destroy_* per destroyed class. A batch that cannot be accepted does not stop the others.
SET LOCAL ROLE ledger_owner;

CREATE FUNCTION ledger.append(
    batches bigint[], ids uuid[], streams uuid[], versions integer[], types text[], type_versions smallint[],
    classes text[], parts text[], occurred timestamptz[], recorded timestamptz[], actors text[], facts text[],
    commitments bytea[], previous_leaves bytea[], leaves bytea[], blobs bytea[],
    command_batches bigint[], commands uuid[], digests bytea[],
    key_batches bigint[], key_streams uuid[], key_classes text[], key_parts text[], key_wrapped bytea[], key_fingerprints bytea[],
    token_batches bigint[], token_streams uuid[], tokens bytea[],
    destroy_batches bigint[], destroy_streams uuid[], destroy_classes text[], destroy_parts text[]
) RETURNS TABLE (batch bigint, outcome text, first_position bigint, last_position bigint)
LANGUAGE plpgsql
-- Planned once a session, and by index whatever the statistics say: a plan made while the tables were empty stays good.
SET plan_cache_mode TO force_generic_plan
SET enable_seqscan TO off
AS $$
#variable_conflict use_column
DECLARE
    at_head  bigint;
    added    bigint;
    repeated bigint[];
    stale    bigint[];
    fenced   bigint[];
    refused  bigint[];
BEGIN
    SELECT h.position INTO STRICT at_head FROM ledger.head AS h FOR UPDATE;

    SELECT coalesce(array_agg(c.batch), '{}') INTO repeated
    FROM unnest(command_batches, commands) AS c (batch, command)
    CROSS JOIN LATERAL (SELECT FROM ledger.receipt AS r WHERE r.command = c.command LIMIT 1) AS known;

    -- Every event must follow the one before it in its stream, by version and by leaf, whether that is stored or comes with it.
    SELECT coalesce(array_agg(DISTINCT f.batch), '{}') INTO stale
    FROM (SELECT n.batch, n.stream, n.version, n.previous,
                 lag(n.version) OVER in_stream AS version_before, lag(n.leaf) OVER in_stream AS leaf_before
          FROM unnest(batches, streams, versions, previous_leaves, leaves)
               WITH ORDINALITY AS n (batch, stream, version, previous, leaf, ordinal)
          WINDOW in_stream AS (PARTITION BY n.batch, n.stream ORDER BY n.ordinal)) AS f
    LEFT JOIN LATERAL (SELECT e.version, e.leaf FROM ledger.event AS e
                       WHERE e.stream = f.stream AND f.version_before IS NULL
                       ORDER BY e.version DESC LIMIT 1) AS last ON true
    WHERE f.version <> coalesce(f.version_before, last.version, 0) + 1
       OR f.previous IS DISTINCT FROM coalesce(f.leaf_before, last.leaf);

    SELECT coalesce(array_agg(DISTINCT n.batch), '{}') INTO fenced
    FROM unnest(batches, streams, classes, parts) AS n (batch, stream, class, part)
    CROSS JOIN LATERAL (SELECT FROM ledger.fence AS f
                        WHERE f.stream = n.stream AND f.class = n.class AND f.part = n.part LIMIT 1) AS destroyed;

    refused := repeated || stale || fenced;
    IF cardinality(refused) > 0 THEN
        RETURN QUERY
        SELECT c.batch, 'repeated'::text, r.first_position, r.last_position
        FROM unnest(command_batches, commands) AS c (batch, command) JOIN ledger.receipt AS r ON r.command = c.command;
        RETURN QUERY
        SELECT b, 'conflict'::text, 0::bigint, 0::bigint FROM unnest(stale) AS b WHERE NOT b = ANY (repeated);
        RETURN QUERY
        SELECT b, 'fenced'::text, 0::bigint, 0::bigint FROM unnest(fenced) AS b WHERE NOT b = ANY (repeated || stale);
    END IF;

    RETURN QUERY
    WITH incoming AS (
        SELECT n.*, at_head + row_number() OVER (ORDER BY n.ordinal) AS position
        FROM unnest(batches, ids, streams, versions, types, type_versions, classes, parts, occurred, recorded, actors,
                    facts, commitments, previous_leaves, leaves, blobs)
             WITH ORDINALITY AS n (batch, id, stream, version, type, type_version, class, part, occurred_at, recorded_at,
                                   actor, facts, commitment, previous, leaf, blob, ordinal)
        WHERE NOT n.batch = ANY (refused)
    ), kept AS (
        INSERT INTO ledger.event (position, id, stream, version, type, type_version, class, part, occurred_at, recorded_at,
                                  actor, facts, commitment, previous, leaf)
        SELECT i.position, i.id, i.stream, i.version, i.type, i.type_version, i.class, i.part, i.occurred_at, i.recorded_at,
               i.actor, i.facts::jsonb, i.commitment, i.previous, i.leaf
        FROM incoming AS i
    ), hidden AS (
        INSERT INTO ledger.sealed (position, blob) SELECT i.position, i.blob FROM incoming AS i WHERE i.blob IS NOT NULL
    ), placed AS (
        SELECT i.batch, min(i.position) AS first_position, max(i.position) AS last_position
        FROM incoming AS i GROUP BY i.batch
    ), answered AS (
        INSERT INTO ledger.receipt (command, digest, first_position, last_position)
        SELECT c.command, c.digest, p.first_position, p.last_position
        FROM unnest(command_batches, commands, digests) AS c (batch, command, digest) JOIN placed AS p ON p.batch = c.batch
    )
    SELECT p.batch, 'recorded'::text, p.first_position, p.last_position FROM placed AS p;

    SELECT count(*) INTO added FROM unnest(batches) AS b WHERE NOT b = ANY (refused);
    UPDATE ledger.head SET position = at_head + added WHERE added > 0;

    IF cardinality(key_batches) > 0 THEN
        INSERT INTO ledger.class_key (stream, class, part, wrapped, fingerprint)
        SELECT k.stream, k.class, k.part, k.wrapped, k.fingerprint
        FROM unnest(key_batches, key_streams, key_classes, key_parts, key_wrapped, key_fingerprints)
             AS k (batch, stream, class, part, wrapped, fingerprint) WHERE NOT k.batch = ANY (refused);
    END IF;

    IF cardinality(token_batches) > 0 THEN
        INSERT INTO ledger.lookup_token (token, stream)
        SELECT t.token, t.stream FROM unnest(token_batches, token_streams, tokens) AS t (batch, stream, token)
        WHERE NOT t.batch = ANY (refused)
        ON CONFLICT DO NOTHING;
    END IF;

    IF cardinality(destroy_batches) > 0 THEN
        PERFORM ledger.destroy(d.stream, d.class, d.part, at_head + added)
        FROM unnest(destroy_batches, destroy_streams, destroy_classes, destroy_parts) AS d (batch, stream, class, part)
        WHERE NOT d.batch = ANY (refused);
    END IF;
END
$$;

-- Destruction: fence first, then the key, the ciphertext and, with the identity, the search tokens (LEDG-15).
CREATE FUNCTION ledger.destroy(of_stream uuid, of_class text, of_part text, at_position bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger.fence (stream, class, part, fingerprint, position)
    SELECT of_stream, of_class, of_part,
           (SELECT k.fingerprint FROM ledger.class_key AS k
            WHERE k.stream = of_stream AND k.class = of_class AND k.part = of_part), at_position
    ON CONFLICT ON CONSTRAINT fence_is_unique DO NOTHING;
    DELETE FROM ledger.class_key AS k WHERE k.stream = of_stream AND k.class = of_class AND k.part = of_part;
    DELETE FROM ledger.sealed AS s USING ledger.event AS e
    WHERE e.stream = of_stream AND e.class = of_class AND e.part = of_part AND s.position = e.position;
    IF of_class IN ('identity', 'nhs_careers') THEN
        DELETE FROM ledger.lookup_token AS t WHERE t.stream = of_stream;
    END IF;
    -- The digest of a command covers what it said, so it goes with what it said.
    UPDATE ledger.receipt AS r SET digest = NULL
    FROM ledger.event AS e
    CROSS JOIN LATERAL (SELECT a.command, a.first_position FROM ledger.receipt AS a
                        WHERE a.last_position >= e.position ORDER BY a.last_position LIMIT 1) AS answer
    WHERE e.stream = of_stream AND e.class = of_class AND e.part = of_part
      AND answer.first_position <= e.position AND r.command = answer.command;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.append, ledger.destroy TO ledger_writer;
