-- ledger.append takes one array of rows per table instead of 35 arrays of values, and ledger.snapshot (before: heard) returns
-- keys in columns of their own.
SET LOCAL ROLE ledger_owner;

DROP FUNCTION ledger.append;
DROP FUNCTION ledger.heard;

-- The rows of one call. A call carries the batches of many callers: `batch` numbers the batch within the call.
CREATE TYPE ledger.new_entry AS (
    batch        bigint,
    id           uuid,
    stream       uuid,
    version      integer,
    type         text,
    type_version smallint,
    class        text,
    part         text,
    occurred_at  timestamptz,
    recorded_at  timestamptz,
    actor        text,
    facts        jsonb,
    commitment   bytea,
    previous     bytea,
    leaf         bytea,
    blob         bytea
);
CREATE TYPE ledger.new_receipt AS (batch bigint, command uuid, digest bytea);
CREATE TYPE ledger.new_key AS (batch bigint, stream uuid, class text, part text, wrapped bytea, fingerprint bytea);
CREATE TYPE ledger.new_token AS (batch bigint, stream uuid, token bytea);
CREATE TYPE ledger.destroyed_class AS (batch bigint, stream uuid, class text, part text);
CREATE TYPE ledger.version_read AS (batch bigint, stream uuid, version integer);

-- Lock the head, check every batch, insert, move the head; one round trip for a whole group. A batch that cannot be accepted
-- does not stop the others. `read` names the streams a batch was decided by and does not write to, and their versions.
CREATE FUNCTION ledger.append(
    entries ledger.new_entry[], receipts ledger.new_receipt[], keys ledger.new_key[], tokens ledger.new_token[],
    destroyed ledger.destroyed_class[], read ledger.version_read[]
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
    FROM unnest(receipts) AS c
    CROSS JOIN LATERAL (SELECT FROM ledger.receipt AS r WHERE r.command = c.command LIMIT 1) AS known;

    -- Every event must follow the one before it in its stream, by version and by leaf, whether that is stored or comes with it.
    SELECT coalesce(array_agg(DISTINCT f.batch), '{}') INTO stale
    FROM (SELECT n.batch, n.stream, n.version, n.previous,
                 lag(n.version) OVER in_stream AS version_before, lag(n.leaf) OVER in_stream AS leaf_before
          FROM unnest(entries) WITH ORDINALITY AS n
          WINDOW in_stream AS (PARTITION BY n.batch, n.stream ORDER BY n.ordinality)) AS f
    LEFT JOIN LATERAL (SELECT e.version, e.leaf FROM ledger.event AS e
                       WHERE e.stream = f.stream AND f.version_before IS NULL
                       ORDER BY e.version DESC LIMIT 1) AS last ON true
    WHERE f.version <> coalesce(f.version_before, last.version, 0) + 1
       OR f.previous IS DISTINCT FROM coalesce(f.leaf_before, last.leaf);

    -- What a batch was decided by and does not write to must be as it was read.
    SELECT stale || coalesce(array_agg(DISTINCT r.batch), '{}') INTO stale
    FROM unnest(read) AS r
    LEFT JOIN LATERAL (SELECT e.version FROM ledger.event AS e
                       WHERE e.stream = r.stream ORDER BY e.version DESC LIMIT 1) AS last ON true
    WHERE r.version <> coalesce(last.version, 0) AND NOT r.batch = ANY (stale);

    SELECT coalesce(array_agg(DISTINCT n.batch), '{}') INTO fenced
    FROM unnest(entries) AS n
    CROSS JOIN LATERAL (SELECT FROM ledger.fence AS f
                        WHERE f.stream = n.stream AND f.class = n.class AND f.part = n.part LIMIT 1) AS destroyed;

    refused := repeated || stale || fenced;
    IF cardinality(refused) > 0 THEN
        RETURN QUERY
        SELECT c.batch, 'repeated'::text, r.first_position, r.last_position
        FROM unnest(receipts) AS c JOIN ledger.receipt AS r ON r.command = c.command;
        RETURN QUERY
        SELECT b, 'conflict'::text, 0::bigint, 0::bigint FROM unnest(stale) AS b WHERE NOT b = ANY (repeated);
        RETURN QUERY
        SELECT b, 'fenced'::text, 0::bigint, 0::bigint FROM unnest(fenced) AS b WHERE NOT b = ANY (repeated || stale);
    END IF;

    RETURN QUERY
    WITH incoming AS (
        SELECT n.*, at_head + row_number() OVER (ORDER BY n.ordinality) AS position
        FROM unnest(entries) WITH ORDINALITY AS n
        WHERE NOT n.batch = ANY (refused)
    ), kept AS (
        INSERT INTO ledger.event (position, id, stream, version, type, type_version, class, part, occurred_at, recorded_at,
                                  actor, facts, commitment, previous, leaf)
        SELECT i.position, i.id, i.stream, i.version, i.type, i.type_version, i.class, i.part, i.occurred_at, i.recorded_at,
               i.actor, i.facts, i.commitment, i.previous, i.leaf
        FROM incoming AS i
    ), hidden AS (
        INSERT INTO ledger.sealed (position, blob) SELECT i.position, i.blob FROM incoming AS i WHERE i.blob IS NOT NULL
    ), placed AS (
        SELECT i.batch, min(i.position) AS first_position, max(i.position) AS last_position
        FROM incoming AS i GROUP BY i.batch
    ), answered AS (
        INSERT INTO ledger.receipt (command, digest, first_position, last_position)
        SELECT c.command, c.digest, p.first_position, p.last_position
        FROM unnest(receipts) AS c JOIN placed AS p ON p.batch = c.batch
    )
    SELECT p.batch, 'recorded'::text, p.first_position, p.last_position FROM placed AS p;

    SELECT count(*) INTO added FROM unnest(entries) AS n WHERE NOT n.batch = ANY (refused);
    UPDATE ledger.head SET position = at_head + added WHERE added > 0;

    IF cardinality(keys) > 0 THEN
        INSERT INTO ledger.class_key (stream, class, part, wrapped, fingerprint)
        SELECT k.stream, k.class, k.part, k.wrapped, k.fingerprint
        FROM unnest(keys) AS k WHERE NOT k.batch = ANY (refused);
    END IF;

    IF cardinality(tokens) > 0 THEN
        INSERT INTO ledger.lookup_token (token, stream)
        SELECT t.token, t.stream FROM unnest(tokens) AS t
        WHERE NOT t.batch = ANY (refused)
        ON CONFLICT DO NOTHING;
    END IF;

    IF cardinality(destroyed) > 0 THEN
        PERFORM ledger.destroy(d.stream, d.class, d.part, at_head + added)
        FROM unnest(destroyed) AS d
        WHERE NOT d.batch = ANY (refused);
    END IF;
END
$$;

-- What deciding and judging a command needs, in one round trip and of one moment. Of each row either the entry's columns or
-- the key's are filled: `news` is an entry that was made in the registers since `known`, `key` an open key of the streams,
-- `history` one of the streams' entries in order, with what is sealed about who these people are.
CREATE FUNCTION ledger.snapshot(known bigint, streams uuid[], people uuid[])
RETURNS TABLE (kind text, id uuid, stream uuid, version integer, type text, type_version smallint, class text, part text,
               occurred_at timestamptz, recorded_at timestamptz, actor text, facts bytea, commitment bytea, previous bytea,
               leaf bytea, blob bytea, "position" bigint,
               key_stream uuid, key_class text, key_part text, key_wrapped bytea, key_fingerprint bytea)
LANGUAGE plpgsql STABLE
-- Planned once a session, and by index whatever the statistics say: planning each time costs more than reading.
SET plan_cache_mode TO force_generic_plan
SET enable_seqscan TO off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'news', e.id, e.stream, e.version, e.type, e.type_version, e.class, e.part, e.occurred_at, e.recorded_at, e.actor,
           convert_to(e.facts::text, 'UTF8'), e.commitment, e.previous, e.leaf, NULL::bytea, e.position,
           NULL::uuid, NULL::text, NULL::text, NULL::bytea, NULL::bytea
    FROM ledger.event AS e
    WHERE e.type IN (
        'agreement-signed', 'contact-nominated', 'contract-ended', 'contract-started', 'courier-approved', 'item-profile-set',
        'line-recognised', 'notice-published', 'organisation-registered', 'rule-set-published', 'system-registered',
        'work-domain-registered', 'data-protection-officer-named', 'destruction-instructed', 'calendar-published')
      AND e.position > known
    ORDER BY e.position;

    RETURN QUERY
    SELECT 'key', NULL::uuid, NULL::uuid, NULL::integer, NULL::text, NULL::smallint, NULL::text, NULL::text, NULL::timestamptz,
           NULL::timestamptz, NULL::text, NULL::bytea, NULL::bytea, NULL::bytea, NULL::bytea, NULL::bytea, NULL::bigint,
           k.stream, k.class, k.part, k.wrapped, k.fingerprint
    FROM unnest(streams) AS s (stream)
    CROSS JOIN LATERAL (SELECT * FROM ledger.class_key AS o WHERE o.stream = s.stream OFFSET 0) AS k;

    RETURN QUERY
    SELECT 'history', e.id, e.stream, e.version, e.type, e.type_version, e.class, e.part, e.occurred_at, e.recorded_at, e.actor,
           convert_to(e.facts::text, 'UTF8'), e.commitment, e.previous, e.leaf,
           CASE WHEN e.class IN ('identity', 'nhs_careers') AND e.stream = ANY (people)
                THEN (SELECT b.blob FROM ledger.sealed AS b WHERE b.position = e.position) END,
           e.position, NULL::uuid, NULL::text, NULL::text, NULL::bytea, NULL::bytea
    FROM unnest(streams) AS s (stream)
    CROSS JOIN LATERAL (SELECT * FROM ledger.event AS o WHERE o.stream = s.stream ORDER BY o.version) AS e;
END
$$;

REVOKE EXECUTE ON FUNCTION ledger.append, ledger.snapshot FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.append, ledger.snapshot TO ledger_writer;
REVOKE USAGE ON TYPE ledger.new_entry, ledger.new_receipt, ledger.new_key, ledger.new_token, ledger.destroyed_class,
    ledger.version_read FROM PUBLIC;
GRANT USAGE ON TYPE ledger.new_entry, ledger.new_receipt, ledger.new_key, ledger.new_token, ledger.destroyed_class,
    ledger.version_read TO ledger_writer;
