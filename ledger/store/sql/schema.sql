-- Everything the migrations make, in one place, for reading: never applied, and written by `python -m tests.ledger.test_schema`.

CREATE SCHEMA ledger;

ALTER SCHEMA ledger OWNER TO ledger_owner;

CREATE SCHEMA view;

ALTER SCHEMA view OWNER TO ledger_projector;

CREATE TYPE ledger.destroyed_class AS (
	batch bigint,
	stream uuid,
	class text,
	part text
);

ALTER TYPE ledger.destroyed_class OWNER TO ledger_owner;

CREATE TYPE ledger.new_entry AS (
	batch bigint,
	id uuid,
	stream uuid,
	version integer,
	type text,
	type_version smallint,
	class text,
	part text,
	occurred_at timestamp with time zone,
	recorded_at timestamp with time zone,
	actor text,
	facts jsonb,
	commitment bytea,
	previous bytea,
	leaf bytea,
	blob bytea
);

ALTER TYPE ledger.new_entry OWNER TO ledger_owner;

CREATE TYPE ledger.new_key AS (
	batch bigint,
	stream uuid,
	class text,
	part text,
	wrapped bytea,
	fingerprint bytea
);

ALTER TYPE ledger.new_key OWNER TO ledger_owner;

CREATE TYPE ledger.new_receipt AS (
	batch bigint,
	command uuid,
	digest bytea
);

ALTER TYPE ledger.new_receipt OWNER TO ledger_owner;

CREATE TYPE ledger.new_token AS (
	batch bigint,
	stream uuid,
	token bytea
);

ALTER TYPE ledger.new_token OWNER TO ledger_owner;

CREATE TYPE ledger.version_read AS (
	batch bigint,
	stream uuid,
	version integer
);

ALTER TYPE ledger.version_read OWNER TO ledger_owner;

CREATE FUNCTION ledger.answers_for(of_person uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    reading text[] := ledger.verified();
BEGIN
    RETURN coalesce(reading[1] = 'contractor', false) AND (
        EXISTS (SELECT FROM view.responsible AS r WHERE r.customer = of_person AND r.organisation = reading[3])
        OR EXISTS (SELECT FROM ledger.records_of_same_person(of_person) AS o (id) JOIN view.responsible AS r ON r.customer = o.id
                   WHERE r.organisation = reading[3]));
END
$$;

ALTER FUNCTION ledger.answers_for(of_person uuid) OWNER TO ledger_owner;

CREATE FUNCTION ledger.append(entries ledger.new_entry[], receipts ledger.new_receipt[], keys ledger.new_key[], tokens ledger.new_token[], destroyed ledger.destroyed_class[], read ledger.version_read[], host_clock timestamp with time zone) RETURNS TABLE(batch bigint, outcome text, first_position bigint, last_position bigint)
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
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

ALTER FUNCTION ledger.append(entries ledger.new_entry[], receipts ledger.new_receipt[], keys ledger.new_key[], tokens ledger.new_token[], destroyed ledger.destroyed_class[], read ledger.version_read[], host_clock timestamp with time zone) OWNER TO ledger_owner;

CREATE FUNCTION ledger.caller_organisations() RETURNS text[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    reading text[] := ledger.verified();
BEGIN
    RETURN CASE WHEN reading[1] IN ('contractor', 'jobcentre-plus') OR ledger.is_case_work(reading) THEN reading[7]::text[] ELSE '{}' END;
END
$$;

ALTER FUNCTION ledger.caller_organisations() OWNER TO ledger_owner;

CREATE FUNCTION ledger.destroy(of_stream uuid, of_class text, of_part text, at_position bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION ledger.destroy(of_stream uuid, of_class text, of_part text, at_position bigint) OWNER TO ledger_owner;

CREATE FUNCTION ledger.granted(of_person uuid, reading text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    holder text := reading[5];
    at     timestamptz;
    of_record uuid;
BEGIN
    IF holder = '' OR NOT EXISTS (SELECT FROM view.access_grant AS g WHERE g.who = split_part(holder, '/', 2)) THEN
        RETURN false;
    END IF;
    at := reading[6];
    of_record := coalesce((SELECT c.customer FROM view.case_file AS c WHERE c.request = of_person), of_person);
    RETURN EXISTS (
        SELECT FROM view.access_grant AS g
        WHERE g.customer = of_record AND g.who = split_part(holder, '/', 2)
          AND g.role = regexp_replace(split_part(holder, '@', 1), '^operator:', '')
          AND g.organisation = split_part(split_part(holder, '@', 2), '/', 1)
          AND (at AT TIME ZONE 'Europe/London')::date <= g.until
          AND (g.state = 'approved' OR (g.state = 'waiting' AND g.emergency AND at < g.requested_at + interval '24 hours')));
END
$$;

ALTER FUNCTION ledger.granted(of_person uuid, reading text[]) OWNER TO ledger_owner;

CREATE FUNCTION ledger.guard(of_table regclass, person text DEFAULT NULL::text, naming text[] DEFAULT '{}'::text[], reads text DEFAULT NULL::text, held boolean DEFAULT false, controllers text DEFAULT NULL::text, only_if text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    prefix text := 'ledger_' || lpad(to_hex((SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())::bigint), 8, '0');
    rows   text := format('(SELECT ledger.%I())', CASE WHEN person IS NULL THEN coalesce(reads, 'reads_registers') ELSE 'reads_everybody' END);
    organisations constant text := '(SELECT ledger.caller_organisations())';
BEGIN
    IF person IS NOT NULL AND reads IS NULL THEN
        rows := format('%I = ANY ((SELECT ledger.reads_of_one())::uuid[]) OR ', person) || rows;
    END IF;
    -- What names an organisation is cheaper to see than whom it serves, and most rows of a list do.
    rows := rows || coalesce((SELECT string_agg(format(' OR %I = ANY (%s::text[])', c, organisations), '') FROM unnest(naming) AS c), '');
    IF person IS NOT NULL THEN
        rows := rows || format(' OR ledger.%I(%I)', coalesce(reads, 'reads'), person);
    END IF;
    IF held THEN
        rows := rows || format(' OR ledger.answers_for(%I)', person);
    END IF;
    IF controllers IS NOT NULL THEN
        rows := rows || format(' OR (%I AND (SELECT ledger.reads_accesses()))', controllers);
    END IF;
    IF only_if IS NOT NULL THEN
        rows := format('(SELECT ledger.%I()) AND (%s)', only_if, rows);
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', of_table);
    EXECUTE format('CREATE POLICY the_program_reads_and_writes ON %s TO %I, %I, %I USING (true) WITH CHECK (true)',
                   of_table, prefix || '_owner', prefix || '_writer', prefix || '_projector');
    EXECUTE format('CREATE POLICY a_caller_reads ON %s FOR SELECT TO %I USING (%s)', of_table, prefix || '_reader', rows);
END
$$;

ALTER FUNCTION ledger.guard(of_table regclass, person text, naming text[], reads text, held boolean, controllers text, only_if text) OWNER TO ledger_owner;

CREATE FUNCTION ledger.is_case_work(reading text[]) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE
    AS $$
BEGIN
    RETURN coalesce(reading[1] IN ('controller', 'operator') AND reading[2] IN ('case-worker', 'records-manager', 'auditor'), false);
END
$$;

ALTER FUNCTION ledger.is_case_work(reading text[]) OWNER TO ledger_owner;

CREATE FUNCTION ledger.keys_of(of_stream uuid) RETURNS TABLE(class text, part text, wrapped bytea, fingerprint bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF ledger.reads_stream_of(of_stream, ledger.verified(), false) THEN
        RETURN QUERY SELECT k.class, k.part, k.wrapped, k.fingerprint FROM ledger.class_key AS k WHERE k.stream = of_stream;
    END IF;
END
$$;

ALTER FUNCTION ledger.keys_of(of_stream uuid) OWNER TO ledger_owner;

CREATE FUNCTION ledger.match(tokens bytea[]) RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    wanted integer := (SELECT count(DISTINCT t) FROM unnest(tokens) AS t);
    found  uuid[];
BEGIN
    IF NOT ledger.reads_registers() OR wanted = 0 THEN
        RETURN NULL;
    END IF;
    -- By the events and not by the view of merges, which may be a moment behind.
    found := ARRAY(
        SELECT DISTINCT coalesce(
            (SELECT (m.facts->>'into')::uuid FROM ledger.event AS m
             WHERE m.stream = f.stream AND m.type = 'customers-merged' AND m.facts->>'into' IS NOT NULL AND NOT EXISTS (
                 SELECT FROM ledger.event AS u WHERE u.stream = m.stream AND u.type = 'customers-unmerged'
                 AND u.version > m.version AND u.facts->>'merge_id' = m.facts->>'merge_id')
             ORDER BY m.version LIMIT 1), f.stream)
        FROM (SELECT k.stream FROM ledger.lookup_token AS k WHERE k.token = ANY (tokens)
              GROUP BY k.stream HAVING count(*) = wanted) AS f LIMIT 2);
    RETURN CASE WHEN cardinality(found) = 1 THEN found[1] END;
END
$$;

ALTER FUNCTION ledger.match(tokens bytea[]) OWNER TO ledger_owner;

CREATE FUNCTION ledger.note_programme() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO ledger.other_programme (person, programme) VALUES (NEW.stream, NEW.facts->>'programme') ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

ALTER FUNCTION ledger.note_programme() OWNER TO ledger_owner;

CREATE FUNCTION ledger.of_programme(of_person uuid, programme text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF programme = '*' THEN
        RETURN true;
    ELSIF NOT EXISTS (SELECT FROM ledger.other_programme) THEN
        RETURN programme = 'National Careers Service';
    END IF;
    RETURN programme = coalesce(
        (SELECT o.programme FROM ledger.other_programme AS o WHERE o.person = of_person),
        (SELECT o.programme FROM view.case_file AS c JOIN ledger.other_programme AS o ON o.person = c.customer
         WHERE c.request = of_person),
        'National Careers Service');
END
$$;

ALTER FUNCTION ledger.of_programme(of_person uuid, programme text) OWNER TO ledger_owner;

CREATE FUNCTION ledger.opens_sealed(at_position bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN ledger.reads_stream_of((SELECT e.stream FROM ledger.event AS e WHERE e.position = at_position), ledger.verified(), false);
END
$$;

ALTER FUNCTION ledger.opens_sealed(at_position bigint) OWNER TO ledger_owner;

CREATE FUNCTION ledger.opens_stream(of_stream uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN ledger.reads_stream_of(of_stream, ledger.verified(), false);
END
$$;

ALTER FUNCTION ledger.opens_stream(of_stream uuid) OWNER TO ledger_owner;

CREATE FUNCTION ledger.quarantine_backlog() RETURNS TABLE(source text, lines bigint, oldest timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY
    SELECT CASE WHEN q.source IN ('POST /v1/entries', 'ledger record') THEN q.source ELSE 'ledger import' END, count(*), min(q.received_at)
    FROM ledger.quarantine AS q WHERE ledger.verified() IS NOT NULL GROUP BY 1;
END
$$;

ALTER FUNCTION ledger.quarantine_backlog() OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads(of_person uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN ledger.reads_person(of_person, ledger.verified(), true);
END
$$;

ALTER FUNCTION ledger.reads(of_person uuid) OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_accesses() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN ledger.is_case_work(ledger.verified());
END
$$;

ALTER FUNCTION ledger.reads_accesses() OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_claims(of_stream uuid, first jsonb, reading text[], facts boolean) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    beside uuid := first->>'about';
BEGIN
    IF first->>'subject' IS DISTINCT FROM 'request' THEN
        RETURN ledger.reads_person(beside, reading, facts);
    ELSIF EXISTS (SELECT FROM view.request AS r WHERE r.request = beside) THEN
        RETURN ledger.reads_file(beside, reading, facts);
    END IF;
    RETURN ledger.reads_person(coalesce((first->>'person')::uuid, beside), reading, facts) AND NOT EXISTS (
        SELECT FROM ledger.event AS e WHERE e.stream = of_stream AND e.type = 'claim-received'
           AND e.facts->>'person' IS DISTINCT FROM first->>'person');
END
$$;

ALTER FUNCTION ledger.reads_claims(of_stream uuid, first jsonb, reading text[], facts boolean) OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_controllers() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN coalesce((ledger.verified())[1] IN ('controller', 'operator'), false);
END
$$;

ALTER FUNCTION ledger.reads_controllers() OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_everybody() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    reading text[] := ledger.verified();
BEGIN
    RETURN ledger.is_case_work(reading)
        AND (reading[4] = '*' OR (reading[4] = 'National Careers Service' AND NOT EXISTS (SELECT FROM ledger.other_programme)));
END
$$;

ALTER FUNCTION ledger.reads_everybody() OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_file(of_request uuid, reading text[], facts boolean) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM view.request AS r WHERE r.request = of_request
        AND (ledger.reads_person(r.customer, reading, facts)
             OR ((facts OR reading[2] <> 'auditor') AND r.organisation = ANY (ledger.caller_organisations()))));
END
$$;

ALTER FUNCTION ledger.reads_file(of_request uuid, reading text[], facts boolean) OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_nobody() RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN false;

ALTER FUNCTION ledger.reads_nobody() OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_of_one() RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    about   uuid := nullif(current_setting('ledger.about', true), '');
    reading text[];
BEGIN
    IF about IS NULL THEN
        RETURN '{}';
    END IF;
    reading := ledger.verified();
    RETURN ARRAY(SELECT r.id FROM ledger.records_of_same_person(about) AS r (id) WHERE ledger.reads_person(r.id, reading, true));
END
$$;

ALTER FUNCTION ledger.reads_of_one() OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_person(of_person uuid, reading text[], facts boolean) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF of_person IS NULL OR reading IS NULL THEN
        RETURN false;
    ELSIF reading[1] = 'contractor' THEN
        IF ledger.serves(of_person, reading[8]) AND ledger.of_programme(of_person, reading[4]) THEN
            RETURN true;
        END IF;
    ELSIF ledger.is_case_work(reading) AND (facts OR reading[2] <> 'auditor') AND ledger.of_programme(of_person, reading[4]) THEN
        RETURN true;
    END IF;
    RETURN ledger.granted(of_person, reading);
END
$$;

ALTER FUNCTION ledger.reads_person(of_person uuid, reading text[], facts boolean) OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_positions() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN ledger.verified() IS NOT NULL;
END
$$;

ALTER FUNCTION ledger.reads_positions() OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_registers() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN coalesce((ledger.verified())[1] IN ('controller', 'operator', 'contractor', 'jobcentre-plus'), false);
END
$$;

ALTER FUNCTION ledger.reads_registers() OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_request(of_request uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN ledger.reads_file(of_request, ledger.verified(), true);
END
$$;

ALTER FUNCTION ledger.reads_request(of_request uuid) OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_stream(of_stream uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN ledger.reads_stream_of(of_stream, ledger.verified(), true);
END
$$;

ALTER FUNCTION ledger.reads_stream(of_stream uuid) OWNER TO ledger_owner;

CREATE FUNCTION ledger.reads_stream_of(of_stream uuid, reading text[], facts boolean) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    begun record;
BEGIN
    IF reading IS NULL THEN
        RETURN false;
    ELSIF ledger.is_case_work(reading) AND (facts OR reading[2] <> 'auditor')
          AND (reading[4] = '*' OR (reading[4] = 'National Careers Service' AND NOT EXISTS (SELECT FROM ledger.other_programme))) THEN
        RETURN true;
    ELSIF reading[1] = 'contractor' AND ledger.serves(of_stream, reading[8]) AND ledger.of_programme(of_stream, reading[4]) THEN
        RETURN true;
    END IF;
    SELECT e.type, e.facts INTO begun FROM ledger.event AS e WHERE e.stream = of_stream AND e.version = 1;
    IF begun.type IN ('agreement-signed', 'calendar-published', 'contact-nominated', 'contract-ended', 'contract-started',
                      'courier-approved', 'data-protection-officer-named', 'destruction-instructed', 'item-profile-set',
                      'line-recognised', 'notice-published', 'organisation-registered', 'retention-period-set',
                      'rule-set-published', 'system-registered', 'work-domain-registered') THEN
        RETURN reading[1] IN ('controller', 'operator', 'contractor', 'jobcentre-plus') AND (facts OR reading[2] <> 'auditor');
    ELSIF begun.type = 'request-received' THEN
        RETURN ledger.reads_file(of_stream, reading, facts);
    ELSIF begun.type = 'claim-received' THEN
        RETURN ledger.reads_claims(of_stream, begun.facts, reading, facts);
    END IF;
    -- A person's own. What else there is, such as an organisation's refused attempts, names several people in its entries.
    RETURN ledger.reads_person(of_stream, reading, facts);
END
$$;

ALTER FUNCTION ledger.reads_stream_of(of_stream uuid, reading text[], facts boolean) OWNER TO ledger_owner;

CREATE FUNCTION ledger.records_of_same_person(record uuid) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    of_person uuid := coalesce((SELECT c.customer FROM view.case_file AS c WHERE c.request = record), record);
    root      uuid := coalesce((SELECT m.into_customer FROM view.merged AS m WHERE m.customer = of_person LIMIT 1), of_person);
BEGIN
    RETURN NEXT root;
    RETURN QUERY SELECT m.customer FROM view.merged AS m WHERE m.into_customer = root;
END
$$;

ALTER FUNCTION ledger.records_of_same_person(record uuid) OWNER TO ledger_owner;

CREATE FUNCTION ledger.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: % is not permitted', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

ALTER FUNCTION ledger.refuse_change() OWNER TO ledger_owner;

CREATE FUNCTION ledger.refuse_wrong_clock(host_clock timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF host_clock IS NULL OR host_clock NOT BETWEEN clock_timestamp() - interval '60 seconds'
                                                AND clock_timestamp() + interval '60 seconds' THEN
        RAISE EXCEPTION 'the host''s clock says %, the database''s %', host_clock, clock_timestamp() USING ERRCODE = 'LC001';
    END IF;
END
$$;

ALTER FUNCTION ledger.refuse_wrong_clock(host_clock timestamp with time zone) OWNER TO ledger_owner;

CREATE FUNCTION ledger.registers_go_on(known bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM ledger.event AS e WHERE e.position > known AND e.type IN (
        'agreement-signed', 'calendar-published', 'contact-nominated', 'contract-ended', 'contract-started',
        'courier-approved', 'data-protection-officer-named', 'destruction-instructed', 'item-profile-set',
        'line-recognised', 'notice-published', 'organisation-registered', 'rule-set-published', 'system-registered',
        'work-domain-registered'));
END
$$;

ALTER FUNCTION ledger.registers_go_on(known bigint) OWNER TO ledger_owner;

CREATE FUNCTION ledger.release_corrected() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- Nearly always nothing waits and every append asks, so looking comes before joining.
    IF EXISTS (SELECT FROM ledger.quarantine AS q WHERE q.command IS NOT NULL) THEN
        DELETE FROM ledger.quarantine AS q USING answered AS a JOIN ledger.event AS e ON e.position = a.first_position
        WHERE q.command = a.command AND q.command IS NOT NULL
          -- An actor is role@organisation/pseudonym, the organisation's code without what would not fit in there.
          AND (split_part(regexp_replace(e.actor, '^operator:', ''), '@', 1) IN ('records-manager', 'administrator')
               OR split_part(split_part(e.actor, '@', 2), '/', 1) = regexp_replace(q.owner, '[^A-Za-z0-9._-]', '-', 'g'));
    END IF;
    RETURN NULL;
END
$$;

ALTER FUNCTION ledger.release_corrected() OWNER TO ledger_owner;

CREATE FUNCTION ledger.sealed_of(of_stream uuid) RETURNS TABLE("position" bigint, id uuid, version integer, type text, class text, part text, blob bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF ledger.reads_stream_of(of_stream, ledger.verified(), false) THEN
        RETURN QUERY SELECT e.position, e.id, e.version, e.type, e.class, e.part, s.blob
            FROM ledger.event AS e JOIN ledger.sealed AS s ON s.position = e.position WHERE e.stream = of_stream;
    END IF;
END
$$;

ALTER FUNCTION ledger.sealed_of(of_stream uuid) OWNER TO ledger_owner;

CREATE FUNCTION ledger.serves(of_person uuid, of_organisation text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM view.serving AS s WHERE s.customer_id = of_person AND s.organisation = of_organisation AND s.until IS NULL)
        OR EXISTS (SELECT FROM ledger.records_of_same_person(of_person) AS r (id) JOIN view.serving AS s ON s.customer_id = r.id
                   WHERE s.organisation = of_organisation AND s.until IS NULL);
END
$$;

ALTER FUNCTION ledger.serves(of_person uuid, of_organisation text) OWNER TO ledger_owner;

CREATE FUNCTION ledger.serving_after(known jsonb, entry jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    AS $$
DECLARE
    type      text := entry->>'type';
    entitled  boolean := (entry->>'authoritative')::boolean;
    serving   jsonb := known->'serving';
    leaving   text[] := '{}';
    beginning text[] := '{}';
    reason    text := 'acted';
    code      text;
BEGIN
    CASE type
        WHEN 'known' THEN
            RETURN entry->'known';
        WHEN 'customer-registered' THEN
            beginning := ARRAY[coalesce(entry->>'organisation', entry->>'touchpoint', entry->>'actor')];
            reason := 'registered';
        WHEN 'customer-referred' THEN
            IF entry->>'referral' IS NOT NULL AND (entitled OR (entry->>'of_office')::boolean OR serving ? (entry->>'actor')) THEN
                RETURN jsonb_set(known, ARRAY['referrals', entry->>'referral'], coalesce(entry->'referred_to', 'null'));
            END IF;
        WHEN 'referral-accepted' THEN
            beginning := ARRAY[known->'referrals'->>(entry->>'referral')];
            reason := 'referred';
        WHEN 'serving-began' THEN
            beginning := ARRAY[entry->>'organisation'];
            reason := CASE entry->>'because' WHEN 'assigned' THEN 'assigned' ELSE 'identity-shown' END;
        WHEN 'serving-ended' THEN
            leaving := ARRAY[entry->>'organisation'];
        WHEN 'service-ended' THEN
            IF entitled OR serving ? (entry->>'actor') THEN
                leaving := ARRAY(SELECT jsonb_object_keys(serving));
                known := jsonb_set(known, '{ended}', 'true');
            END IF;
        WHEN 'service-resumed' THEN
            IF entitled THEN
                beginning := ARRAY[coalesce(entry->>'organisation', entry->>'actor')];
            END IF;
        ELSE
            IF NOT (known->>'ended')::boolean THEN
                beginning := ARRAY(SELECT jsonb_array_elements_text(entry->'acted'));
            END IF;
    END CASE;
    FOREACH code IN ARRAY leaving LOOP
        IF serving ? code THEN
            known := jsonb_set(known, '{over}', known->'over' || jsonb_build_array(jsonb_build_array(code) || (serving->code) || jsonb_build_array(entry->'at')));
            serving := serving - code;
        END IF;
    END LOOP;
    FOREACH code IN ARRAY beginning LOOP
        IF code <> '' AND (NOT serving ? code OR (known->>'ended')::boolean) THEN
            serving := serving || jsonb_build_object(code, jsonb_build_array(entry->'position', entry->'at', reason));
            known := jsonb_set(known, '{ended}', 'false');
        END IF;
    END LOOP;
    RETURN jsonb_set(known, '{serving}', serving);
END
$$;

ALTER FUNCTION ledger.serving_after(known jsonb, entry jsonb) OWNER TO ledger_owner;

CREATE FUNCTION ledger.snapshot(known bigint, streams uuid[], people uuid[]) RETURNS TABLE(kind text, id uuid, stream uuid, version integer, type text, type_version smallint, class text, part text, occurred_at timestamp with time zone, recorded_at timestamp with time zone, actor text, facts bytea, commitment bytea, previous bytea, leaf bytea, blob bytea, "position" bigint, key_stream uuid, key_class text, key_part text, key_wrapped bytea, key_fingerprint bytea)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
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

ALTER FUNCTION ledger.snapshot(known bigint, streams uuid[], people uuid[]) OWNER TO ledger_owner;

CREATE FUNCTION ledger.take_caller_key(inner_half bytea, outer_half bytea) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO ledger.caller_key (inner_pad, outer_pad) VALUES (inner_half, outer_half) ON CONFLICT DO NOTHING;
    SELECT k.inner_pad = inner_half AND k.outer_pad = outer_half FROM ledger.caller_key AS k;
$$;

ALTER FUNCTION ledger.take_caller_key(inner_half bytea, outer_half bytea) OWNER TO ledger_owner;

CREATE FUNCTION ledger.verified() RETURNS text[]
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    given   text := current_setting('ledger.caller', true);
    key     ledger.caller_key;
    reading text[];
BEGIN
    IF given IS NULL OR length(given) < 66 THEN
        RETURN NULL;
    END IF;
    SELECT * INTO key FROM ledger.caller_key AS k;
    IF key.inner_pad IS NULL OR right(given, 64)
       <> encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(left(given, -64), 'UTF8'))), 'hex') THEN
        RETURN NULL;
    END IF;
    reading := string_to_array(left(given, -64), E'\n');
    IF reading[9]::integer <> pg_backend_pid() OR reading[10]::bigint < extract(epoch FROM clock_timestamp()) THEN
        RETURN NULL;
    END IF;
    RETURN reading;
END
$$;

ALTER FUNCTION ledger.verified() OWNER TO ledger_owner;

CREATE AGGREGATE ledger.serving_of(jsonb) (
    SFUNC = ledger.serving_after,
    STYPE = jsonb,
    INITCOND = '{"serving": {}, "ended": false, "referrals": {}, "over": []}'
);

ALTER AGGREGATE ledger.serving_of(jsonb) OWNER TO ledger_owner;

CREATE TABLE ledger.caller_key (
    singleton boolean DEFAULT true NOT NULL,
    inner_pad bytea NOT NULL,
    outer_pad bytea NOT NULL,
    CONSTRAINT caller_key_inner_is_a_block CHECK ((length(inner_pad) = 64)),
    CONSTRAINT caller_key_is_one_row CHECK (singleton),
    CONSTRAINT caller_key_outer_is_a_block CHECK ((length(outer_pad) = 64))
);

ALTER TABLE ONLY ledger.caller_key FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.caller_key OWNER TO ledger_owner;

CREATE TABLE ledger.incoming_key (
    stream uuid CONSTRAINT class_key_stream_not_null NOT NULL,
    class text CONSTRAINT class_key_class_not_null NOT NULL,
    part text DEFAULT ''::text CONSTRAINT class_key_part_not_null NOT NULL,
    wrapped bytea CONSTRAINT class_key_wrapped_not_null NOT NULL,
    fingerprint bytea CONSTRAINT class_key_fingerprint_not_null NOT NULL
)
PARTITION BY RANGE (stream);

ALTER TABLE ledger.incoming_key OWNER TO ledger_owner;

CREATE TABLE ledger.class_key (
    stream uuid NOT NULL,
    class text NOT NULL,
    part text DEFAULT ''::text NOT NULL,
    wrapped bytea NOT NULL,
    fingerprint bytea NOT NULL
);

ALTER TABLE ONLY ledger.class_key FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.class_key OWNER TO ledger_owner;

CREATE TABLE ledger.escaped_envelope (
    singleton boolean DEFAULT true NOT NULL,
    after_position bigint NOT NULL,
    CONSTRAINT escaped_envelope_is_one_row CHECK (singleton)
);

ALTER TABLE ONLY ledger.escaped_envelope FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.escaped_envelope OWNER TO ledger_owner;

COMMENT ON COLUMN ledger.escaped_envelope.after_position IS 'the last entry that may have been written in the old form';

CREATE TABLE ledger.incoming_event (
    "position" bigint CONSTRAINT event_position_not_null NOT NULL,
    id uuid CONSTRAINT event_id_not_null NOT NULL,
    stream uuid CONSTRAINT event_stream_not_null NOT NULL,
    version integer CONSTRAINT event_version_not_null NOT NULL,
    type text CONSTRAINT event_type_not_null NOT NULL,
    type_version smallint CONSTRAINT event_type_version_not_null NOT NULL,
    class text,
    part text CONSTRAINT event_part_not_null NOT NULL,
    occurred_at timestamp with time zone CONSTRAINT event_occurred_at_not_null NOT NULL,
    recorded_at timestamp with time zone CONSTRAINT event_recorded_at_not_null NOT NULL,
    actor text CONSTRAINT event_actor_not_null NOT NULL,
    facts jsonb CONSTRAINT event_facts_not_null NOT NULL,
    commitment bytea,
    previous bytea,
    leaf bytea CONSTRAINT event_leaf_not_null NOT NULL
)
PARTITION BY RANGE ("position");

ALTER TABLE ledger.incoming_event OWNER TO ledger_owner;

CREATE TABLE ledger.event (
    "position" bigint NOT NULL,
    id uuid NOT NULL,
    stream uuid NOT NULL,
    version integer NOT NULL,
    type text NOT NULL,
    type_version smallint NOT NULL,
    class text,
    part text DEFAULT ''::text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    facts jsonb NOT NULL,
    commitment bytea,
    previous bytea,
    leaf bytea NOT NULL,
    CONSTRAINT event_first_has_no_previous CHECK (((previous IS NULL) = (version = 1))),
    CONSTRAINT event_hashes_are_sha256 CHECK (((length(leaf) = 32) AND ((previous IS NULL) OR (length(previous) = 32)) AND ((commitment IS NULL) OR (length(commitment) = 32)))),
    CONSTRAINT event_needs_a_type CHECK ((type <> ''::text)),
    CONSTRAINT event_position_is_dense_from_one CHECK (("position" > 0)),
    CONSTRAINT event_sealed_has_a_class CHECK (((commitment IS NULL) = (class IS NULL))),
    CONSTRAINT event_version_starts_at_one CHECK ((version > 0))
);

ALTER TABLE ONLY ledger.event FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.event OWNER TO ledger_owner;

CREATE TABLE ledger.fence (
    stream uuid NOT NULL,
    class text NOT NULL,
    part text DEFAULT ''::text NOT NULL,
    fingerprint bytea,
    "position" bigint NOT NULL
);

ALTER TABLE ONLY ledger.fence FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.fence OWNER TO ledger_owner;

CREATE TABLE ledger.head (
    singleton boolean DEFAULT true NOT NULL,
    "position" bigint NOT NULL,
    CONSTRAINT head_is_one_row CHECK (singleton)
)
WITH (fillfactor='10');

ALTER TABLE ledger.head OWNER TO ledger_owner;

CREATE TABLE ledger.incoming_sealed (
    "position" bigint CONSTRAINT sealed_position_not_null NOT NULL,
    blob bytea CONSTRAINT sealed_blob_not_null NOT NULL
)
PARTITION BY RANGE ("position");

ALTER TABLE ledger.incoming_sealed OWNER TO ledger_owner;

CREATE TABLE ledger.key_check (
    singleton boolean DEFAULT true NOT NULL,
    fingerprint bytea NOT NULL,
    CONSTRAINT key_check_is_one_row CHECK (singleton)
);

ALTER TABLE ONLY ledger.key_check FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.key_check OWNER TO ledger_owner;

CREATE TABLE ledger.lookup_token (
    token bytea NOT NULL,
    stream uuid NOT NULL
);

ALTER TABLE ONLY ledger.lookup_token FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.lookup_token OWNER TO ledger_owner;

CREATE TABLE ledger.other_programme (
    person uuid NOT NULL,
    programme text NOT NULL
);

ALTER TABLE ONLY ledger.other_programme FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.other_programme OWNER TO ledger_owner;

CREATE TABLE ledger.quarantine (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    source text NOT NULL,
    line bigint NOT NULL,
    collection text,
    reason text NOT NULL,
    field text,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    blob bytea NOT NULL,
    owner text NOT NULL,
    command uuid
);

ALTER TABLE ONLY ledger.quarantine FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.quarantine OWNER TO ledger_owner;

CREATE TABLE ledger.receipt (
    command uuid NOT NULL,
    digest bytea,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL
);

ALTER TABLE ONLY ledger.receipt FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.receipt OWNER TO ledger_owner;

CREATE TABLE ledger.sealed (
    "position" bigint NOT NULL,
    blob bytea NOT NULL
);
ALTER TABLE ONLY ledger.sealed ALTER COLUMN blob SET STORAGE EXTERNAL;

ALTER TABLE ONLY ledger.sealed FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.sealed OWNER TO ledger_owner;

CREATE TABLE ledger.session (
    digest bytea NOT NULL,
    id uuid NOT NULL,
    role text NOT NULL,
    organisation text NOT NULL,
    began_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    blob bytea NOT NULL
);

ALTER TABLE ONLY ledger.session FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.session OWNER TO ledger_owner;

COMMENT ON COLUMN ledger.session.id IS 'how an operator names the session; it opens nothing';

COMMENT ON COLUMN ledger.session.blob IS 'the caller, encrypted; role and organisation stand beside it only to be listed';

CREATE TABLE public.ledger_migration (
    name text NOT NULL,
    digest bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.ledger_migration OWNER TO ledger;

ALTER TABLE ONLY ledger.incoming_key ATTACH PARTITION ledger.class_key DEFAULT;

ALTER TABLE ONLY ledger.incoming_event ATTACH PARTITION ledger.event DEFAULT;

ALTER TABLE ONLY ledger.incoming_sealed ATTACH PARTITION ledger.sealed DEFAULT;

ALTER TABLE ONLY ledger.caller_key
    ADD CONSTRAINT caller_key_is_unique PRIMARY KEY (singleton);

ALTER TABLE ONLY ledger.class_key
    ADD CONSTRAINT class_key_is_unique PRIMARY KEY (stream, class, part);

ALTER TABLE ONLY ledger.escaped_envelope
    ADD CONSTRAINT escaped_envelope_is_unique PRIMARY KEY (singleton);

ALTER TABLE ONLY ledger.event
    ADD CONSTRAINT event_id_is_unique UNIQUE (id);

ALTER TABLE ONLY ledger.event
    ADD CONSTRAINT event_position_is_unique PRIMARY KEY ("position");

ALTER TABLE ONLY ledger.event
    ADD CONSTRAINT event_version_is_unique_in_its_stream UNIQUE (stream, version);

ALTER TABLE ONLY ledger.fence
    ADD CONSTRAINT fence_is_unique PRIMARY KEY (stream, class, part);

ALTER TABLE ONLY ledger.head
    ADD CONSTRAINT head_is_unique PRIMARY KEY (singleton);

ALTER TABLE ONLY ledger.key_check
    ADD CONSTRAINT key_check_is_unique PRIMARY KEY (singleton);

ALTER TABLE ONLY ledger.lookup_token
    ADD CONSTRAINT lookup_token_is_unique PRIMARY KEY (token, stream);

ALTER TABLE ONLY ledger.other_programme
    ADD CONSTRAINT other_programme_is_unique PRIMARY KEY (person);

ALTER TABLE ONLY ledger.quarantine
    ADD CONSTRAINT quarantine_is_unique PRIMARY KEY (id);

ALTER TABLE ONLY ledger.receipt
    ADD CONSTRAINT receipt_is_unique PRIMARY KEY (command);

ALTER TABLE ONLY ledger.sealed
    ADD CONSTRAINT sealed_position_is_unique PRIMARY KEY ("position");

ALTER TABLE ONLY ledger.session
    ADD CONSTRAINT session_has_one_cookie PRIMARY KEY (digest);

ALTER TABLE ONLY ledger.session
    ADD CONSTRAINT session_is_named UNIQUE (id);

ALTER TABLE ONLY public.ledger_migration
    ADD CONSTRAINT ledger_migration_pkey PRIMARY KEY (name);

CREATE INDEX event_by_recorded_at ON ledger.event USING brin ("position", recorded_at) WITH (autosummarize='on');

CREATE INDEX event_of_a_register ON ledger.event USING btree ("position") WHERE (type = ANY (ARRAY['agreement-signed'::text, 'calendar-published'::text, 'contact-nominated'::text, 'contract-ended'::text, 'contract-started'::text, 'courier-approved'::text, 'data-protection-officer-named'::text, 'destruction-instructed'::text, 'item-profile-set'::text, 'line-recognised'::text, 'notice-published'::text, 'organisation-registered'::text, 'retention-period-set'::text, 'rule-set-published'::text, 'system-registered'::text, 'work-domain-registered'::text]));

CREATE INDEX lookup_token_by_stream ON ledger.lookup_token USING btree (stream);

CREATE INDEX quarantine_by_age ON ledger.quarantine USING btree (received_at, id);

CREATE INDEX quarantine_by_command ON ledger.quarantine USING btree (command) WHERE (command IS NOT NULL);

CREATE INDEX quarantine_by_source ON ledger.quarantine USING btree (source, received_at);

CREATE INDEX receipt_by_position ON ledger.receipt USING btree (last_position);

CREATE TRIGGER corrected_reports_leave_the_quarantine AFTER INSERT ON ledger.receipt REFERENCING NEW TABLE AS answered FOR EACH STATEMENT EXECUTE FUNCTION ledger.release_corrected();

CREATE TRIGGER events_are_append_only BEFORE DELETE OR UPDATE ON ledger.event FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER events_are_never_truncated BEFORE TRUNCATE ON ledger.event FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER people_of_another_programme_are_noted AFTER INSERT ON ledger.event FOR EACH ROW WHEN (((new.type = 'customer-registered'::text) AND ((new.facts ->> 'programme'::text) = 'NHS Health Careers'::text))) EXECUTE FUNCTION ledger.note_programme();

CREATE POLICY a_caller_reads ON ledger.class_key FOR SELECT TO ledger_reader USING (ledger.opens_stream(stream));

CREATE POLICY a_caller_reads ON ledger.event FOR SELECT TO ledger_reader USING (((stream = ANY (( SELECT ledger.reads_of_one() AS reads_of_one)::uuid[])) OR ( SELECT ledger.reads_everybody() AS reads_everybody) OR ledger.reads_stream(stream)));

CREATE POLICY a_caller_reads ON ledger.quarantine FOR SELECT TO ledger_reader USING ((( SELECT ledger.reads_controllers() AS reads_controllers) OR (owner = ANY (( SELECT ledger.caller_organisations() AS caller_organisations)::text[]))));

CREATE POLICY a_caller_reads ON ledger.sealed FOR SELECT TO ledger_reader USING (ledger.opens_sealed("position"));

ALTER TABLE ledger.caller_key ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.class_key ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.escaped_envelope ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.event ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.fence ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.key_check ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.lookup_token ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.other_programme ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.quarantine ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.receipt ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.sealed ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.session ENABLE ROW LEVEL SECURITY;

CREATE POLICY the_program_reads_and_writes ON ledger.caller_key TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY the_program_reads_and_writes ON ledger.class_key TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY the_program_reads_and_writes ON ledger.escaped_envelope TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY the_program_reads_and_writes ON ledger.event TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY the_program_reads_and_writes ON ledger.fence TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY the_program_reads_and_writes ON ledger.key_check TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY the_program_reads_and_writes ON ledger.lookup_token TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY the_program_reads_and_writes ON ledger.other_programme TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY the_program_reads_and_writes ON ledger.quarantine TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY the_program_reads_and_writes ON ledger.receipt TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY the_program_reads_and_writes ON ledger.sealed TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY the_program_reads_and_writes ON ledger.session TO ledger_owner, ledger_writer USING (true) WITH CHECK (true);

CREATE POLICY views_are_made_of_events ON ledger.event FOR SELECT TO ledger_projector USING (true);

GRANT USAGE ON SCHEMA ledger TO ledger_writer;
GRANT USAGE ON SCHEMA ledger TO ledger_reader;
GRANT USAGE ON SCHEMA ledger TO ledger_projector;

GRANT USAGE ON SCHEMA view TO ledger_writer;
GRANT USAGE ON SCHEMA view TO ledger_reader;
GRANT USAGE ON SCHEMA view TO ledger_owner;

REVOKE ALL ON TYPE ledger.destroyed_class FROM PUBLIC;
GRANT ALL ON TYPE ledger.destroyed_class TO ledger_writer;

REVOKE ALL ON TYPE ledger.new_entry FROM PUBLIC;
GRANT ALL ON TYPE ledger.new_entry TO ledger_writer;

REVOKE ALL ON TYPE ledger.new_key FROM PUBLIC;
GRANT ALL ON TYPE ledger.new_key TO ledger_writer;

REVOKE ALL ON TYPE ledger.new_receipt FROM PUBLIC;
GRANT ALL ON TYPE ledger.new_receipt TO ledger_writer;

REVOKE ALL ON TYPE ledger.new_token FROM PUBLIC;
GRANT ALL ON TYPE ledger.new_token TO ledger_writer;

REVOKE ALL ON TYPE ledger.version_read FROM PUBLIC;
GRANT ALL ON TYPE ledger.version_read TO ledger_writer;

REVOKE ALL ON FUNCTION ledger.answers_for(of_person uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.answers_for(of_person uuid) TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.append(entries ledger.new_entry[], receipts ledger.new_receipt[], keys ledger.new_key[], tokens ledger.new_token[], destroyed ledger.destroyed_class[], read ledger.version_read[], host_clock timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.append(entries ledger.new_entry[], receipts ledger.new_receipt[], keys ledger.new_key[], tokens ledger.new_token[], destroyed ledger.destroyed_class[], read ledger.version_read[], host_clock timestamp with time zone) TO ledger_writer;

REVOKE ALL ON FUNCTION ledger.caller_organisations() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.caller_organisations() TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.destroy(of_stream uuid, of_class text, of_part text, at_position bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.destroy(of_stream uuid, of_class text, of_part text, at_position bigint) TO ledger_writer;

REVOKE ALL ON FUNCTION ledger.granted(of_person uuid, reading text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.guard(of_table regclass, person text, naming text[], reads text, held boolean, controllers text, only_if text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.guard(of_table regclass, person text, naming text[], reads text, held boolean, controllers text, only_if text) TO ledger_projector;

REVOKE ALL ON FUNCTION ledger.is_case_work(reading text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.keys_of(of_stream uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.keys_of(of_stream uuid) TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.match(tokens bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.match(tokens bytea[]) TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.note_programme() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.of_programme(of_person uuid, programme text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.opens_sealed(at_position bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.opens_sealed(at_position bigint) TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.opens_stream(of_stream uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.opens_stream(of_stream uuid) TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.quarantine_backlog() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.quarantine_backlog() TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.reads(of_person uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.reads(of_person uuid) TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.reads_accesses() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.reads_accesses() TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.reads_claims(of_stream uuid, first jsonb, reading text[], facts boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.reads_controllers() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.reads_controllers() TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.reads_everybody() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.reads_everybody() TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.reads_file(of_request uuid, reading text[], facts boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.reads_nobody() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.reads_nobody() TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.reads_of_one() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.reads_of_one() TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.reads_person(of_person uuid, reading text[], facts boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.reads_positions() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.reads_positions() TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.reads_registers() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.reads_registers() TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.reads_request(of_request uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.reads_request(of_request uuid) TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.reads_stream(of_stream uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.reads_stream(of_stream uuid) TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.reads_stream_of(of_stream uuid, reading text[], facts boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.records_of_same_person(record uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refuse_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refuse_wrong_clock(host_clock timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.refuse_wrong_clock(host_clock timestamp with time zone) TO ledger_writer;

REVOKE ALL ON FUNCTION ledger.registers_go_on(known bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.registers_go_on(known bigint) TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.release_corrected() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.sealed_of(of_stream uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.sealed_of(of_stream uuid) TO ledger_reader;

REVOKE ALL ON FUNCTION ledger.serves(of_person uuid, of_organisation text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.serving_after(known jsonb, entry jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.serving_after(known jsonb, entry jsonb) TO ledger_projector;

REVOKE ALL ON FUNCTION ledger.snapshot(known bigint, streams uuid[], people uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.snapshot(known bigint, streams uuid[], people uuid[]) TO ledger_writer;

REVOKE ALL ON FUNCTION ledger.take_caller_key(inner_half bytea, outer_half bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.take_caller_key(inner_half bytea, outer_half bytea) TO ledger_writer;

REVOKE ALL ON FUNCTION ledger.verified() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.serving_of(jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.serving_of(jsonb) TO ledger_projector;

GRANT INSERT ON TABLE ledger.incoming_key TO ledger_writer;

GRANT SELECT ON TABLE ledger.class_key TO ledger_reader;
GRANT SELECT,INSERT,DELETE ON TABLE ledger.class_key TO ledger_writer;

GRANT SELECT ON TABLE ledger.escaped_envelope TO ledger_writer;

GRANT INSERT ON TABLE ledger.incoming_event TO ledger_writer;

GRANT SELECT ON TABLE ledger.event TO ledger_reader;
GRANT SELECT,INSERT ON TABLE ledger.event TO ledger_writer;
GRANT SELECT ON TABLE ledger.event TO ledger_projector;

GRANT SELECT,INSERT ON TABLE ledger.fence TO ledger_writer;

GRANT SELECT ON TABLE ledger.head TO ledger_reader;
GRANT SELECT,UPDATE ON TABLE ledger.head TO ledger_writer;
GRANT SELECT ON TABLE ledger.head TO ledger_projector;

GRANT INSERT ON TABLE ledger.incoming_sealed TO ledger_writer;

GRANT SELECT,INSERT ON TABLE ledger.key_check TO ledger_writer;

GRANT SELECT,INSERT,DELETE ON TABLE ledger.lookup_token TO ledger_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ledger.quarantine TO ledger_writer;

GRANT SELECT(id) ON TABLE ledger.quarantine TO ledger_reader;

GRANT SELECT(source) ON TABLE ledger.quarantine TO ledger_reader;

GRANT SELECT(line) ON TABLE ledger.quarantine TO ledger_reader;

GRANT SELECT(reason) ON TABLE ledger.quarantine TO ledger_reader;

GRANT SELECT(field) ON TABLE ledger.quarantine TO ledger_reader;

GRANT SELECT(received_at) ON TABLE ledger.quarantine TO ledger_reader;

GRANT SELECT(owner) ON TABLE ledger.quarantine TO ledger_reader;

GRANT SELECT,INSERT ON TABLE ledger.receipt TO ledger_writer;

GRANT UPDATE(digest) ON TABLE ledger.receipt TO ledger_writer;

GRANT SELECT ON TABLE ledger.sealed TO ledger_reader;
GRANT SELECT,INSERT,DELETE ON TABLE ledger.sealed TO ledger_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ledger.session TO ledger_writer;

GRANT SELECT ON TABLE public.ledger_migration TO ledger_writer;
GRANT SELECT ON TABLE public.ledger_migration TO ledger_reader;
GRANT SELECT ON TABLE public.ledger_migration TO ledger_projector;

ALTER DEFAULT PRIVILEGES FOR ROLE ledger_projector GRANT SELECT ON TABLES TO ledger_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE ledger_projector GRANT SELECT ON TABLES TO ledger_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE ledger_projector GRANT SELECT ON TABLES TO ledger_reader;
