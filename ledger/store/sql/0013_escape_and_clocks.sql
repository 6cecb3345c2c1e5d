-- The envelope of an entry is canonical for every value from here on, and a host whose clock is wrong is refused.
SET LOCAL ROLE ledger_owner;

-- Until this migration text was put into the envelope without escaping it. Where that made a difference, `verify` says of an
-- entry up to this position that it fits only the old form.
LOCK TABLE ledger.head IN EXCLUSIVE MODE;
CREATE TABLE ledger.escaped_envelope (
    singleton      boolean NOT NULL DEFAULT true CONSTRAINT escaped_envelope_is_one_row CHECK (singleton),
    after_position bigint  NOT NULL,
    CONSTRAINT escaped_envelope_is_unique PRIMARY KEY (singleton)
);
COMMENT ON COLUMN ledger.escaped_envelope.after_position IS 'the last entry that may have been written in the old form';
INSERT INTO ledger.escaped_envelope (after_position) SELECT h.position FROM ledger.head AS h;
ALTER TABLE ledger.escaped_envelope ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY the_program_reads_and_writes ON ledger.escaped_envelope TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);
GRANT SELECT ON ledger.escaped_envelope TO ledger_writer;

-- A host tells its clock with what it appends. The tolerance is no setting: it is the ledger's, not each host's. Clocks set by
-- a time server differ by milliseconds; a minute leaves room for a call that was held up on its way, and is less than anything
-- that is decided by days or read back "as known at" a time.
CREATE FUNCTION ledger.refuse_wrong_clock(host_clock timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF host_clock IS NULL OR host_clock NOT BETWEEN clock_timestamp() - interval '60 seconds'
                                                AND clock_timestamp() + interval '60 seconds' THEN
        RAISE EXCEPTION 'the host''s clock says %, the database''s %', host_clock, clock_timestamp() USING ERRCODE = 'LC001';
    END IF;
END
$$;

DROP FUNCTION ledger.append;
-- Lock the head, check every batch, insert, move the head; one round trip for a whole group. A batch that cannot be accepted
-- does not stop the others. `read` names the streams a batch was decided by and does not write to, and their versions.
CREATE FUNCTION ledger.append(
    entries ledger.new_entry[], receipts ledger.new_receipt[], keys ledger.new_key[], tokens ledger.new_token[],
    destroyed ledger.destroyed_class[], read ledger.version_read[], host_clock timestamptz
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
    PERFORM ledger.refuse_wrong_clock(host_clock);  -- before waiting for the head, which is no difference of clocks
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

    IF cardinality(refused) = 0 THEN
        added := cardinality(entries);
    ELSE
        SELECT count(*) INTO added FROM unnest(entries) AS n WHERE NOT n.batch = ANY (refused);
    END IF;
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

REVOKE EXECUTE ON FUNCTION ledger.append, ledger.refuse_wrong_clock FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.append, ledger.refuse_wrong_clock TO ledger_writer;

-- Finds whether an earlier entry was recorded at a later time, without reading the entries: it holds the latest time of each
-- megabyte of them.
CREATE INDEX event_by_recorded_at ON ledger.event USING brin (position, recorded_at) WITH (autosummarize = on);
