-- Row-level security on whatever a caller reads. Who the caller is reaches the server as a signed value that holds for one
-- transaction (the setting `ledger.caller`); without one, or with one that is forged, too old or another connection's, there are no rows.
-- docs/database.md explains it.
SET LOCAL ROLE ledger_owner;

-- The key that signs callers, as the two pads of HMAC-SHA256. Only the owner reads it.
CREATE TABLE ledger.caller_key (
    singleton boolean NOT NULL DEFAULT true CONSTRAINT caller_key_is_unique PRIMARY KEY CONSTRAINT caller_key_is_one_row CHECK (singleton),
    inner_pad bytea NOT NULL CONSTRAINT caller_key_inner_is_a_block CHECK (length(inner_pad) = 64),
    outer_pad bytea NOT NULL CONSTRAINT caller_key_outer_is_a_block CHECK (length(outer_pad) = 64)
);

-- Who is of another programme than the National Careers Service, kept with the events so that it is never behind them.
CREATE TABLE ledger.other_programme (
    person    uuid NOT NULL CONSTRAINT other_programme_is_unique PRIMARY KEY,
    programme text NOT NULL
);
INSERT INTO ledger.other_programme (person, programme)
SELECT DISTINCT ON (e.stream) e.stream, e.facts->>'programme' FROM ledger.event AS e
WHERE e.type = 'customer-registered' AND e.facts->>'programme' = 'NHS Health Careers' ORDER BY e.stream, e.position;

CREATE FUNCTION ledger.note_programme() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO ledger.other_programme (person, programme) VALUES (NEW.stream, NEW.facts->>'programme') ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER people_of_another_programme_are_noted AFTER INSERT ON ledger.event FOR EACH ROW
WHEN (NEW.type = 'customer-registered' AND NEW.facts->>'programme' = 'NHS Health Careers')
EXECUTE FUNCTION ledger.note_programme();

-- Puts the key there when a ledger is opened for the first time; answers whether it is the one that is there.
CREATE FUNCTION ledger.take_caller_key(inner_half bytea, outer_half bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO ledger.caller_key (inner_pad, outer_pad) VALUES (inner_half, outer_half) ON CONFLICT DO NOTHING;
    SELECT k.inner_pad = inner_half AND k.outer_pad = outer_half FROM ledger.caller_key AS k;
$$;

-- Who reads, when the value is signed, not too old and of this connection; NULL otherwise. Its parts: 1 side, 2 role,
-- 3 organisation, 4 programme (every one of the operator: *), 5 who holds grants (empty: nobody), 6 the instant for grants,
-- 7 the organisation and those under it, 8 the organisation that it serves people as (empty: none), 9 the connection, 10 the
-- end in seconds since 1970. Everything below asks it, so it is one look at the key.
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
-- Whether there is a caller at all: positions, and the registers of organisations.
CREATE FUNCTION ledger.reads_positions() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ledger.verified() IS NOT NULL;
END
$$;
-- Whether anything was entered in the registers after a position: then what was decided by them before is decided again.
CREATE FUNCTION ledger.registers_go_on(known bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM ledger.event AS e WHERE e.position > known AND e.type IN (
        'agreement-signed', 'calendar-published', 'contact-nominated', 'contract-ended', 'contract-started',
        'courier-approved', 'data-protection-officer-named', 'destruction-instructed', 'item-profile-set',
        'line-recognised', 'notice-published', 'organisation-registered', 'rule-set-published', 'system-registered',
        'work-domain-registered'));
END
$$;
-- The controllers' case work and auditors, of whom each reads the people of one programme.
CREATE FUNCTION ledger.is_case_work(reading text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN coalesce(reading[1] IN ('controller', 'operator') AND reading[2] IN ('case-worker', 'records-manager', 'auditor'), false);
END
$$;
-- Whether the caller reads everybody: while there are no people of another programme, whoever reads those of this one.
CREATE FUNCTION ledger.reads_everybody() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reading text[] := ledger.verified();
BEGIN
    RETURN ledger.is_case_work(reading)
        AND (reading[4] = '*' OR (reading[4] = 'National Careers Service' AND NOT EXISTS (SELECT FROM ledger.other_programme)));
END
$$;
-- The caller's organisation and those under it: what names them they read, whoever serves the person. Not an administrator.
CREATE FUNCTION ledger.caller_organisations() RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reading text[] := ledger.verified();
BEGIN
    RETURN CASE WHEN reading[1] IN ('contractor', 'jobcentre-plus') OR ledger.is_case_work(reading) THEN reading[7]::text[] ELSE '{}' END;
END
$$;
CREATE FUNCTION ledger.reads_registers() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce((ledger.verified())[1] IN ('controller', 'operator', 'contractor', 'jobcentre-plus'), false);
END
$$;
-- Whoever acts for a controller. They look after what waits in the quarantine, whose content no reader's login can read.
CREATE FUNCTION ledger.reads_controllers() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce((ledger.verified())[1] IN ('controller', 'operator'), false);
END
$$;
-- The controllers' case work and auditors, who see how everybody used their access.
CREATE FUNCTION ledger.reads_accesses() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ledger.is_case_work(ledger.verified());
END
$$;
-- Nobody: of such a table a caller reads the rows that name their organisations only.
CREATE FUNCTION ledger.reads_nobody() RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN false;

-- The records that count as one person's, from any of them or from the file of a request of theirs.
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
CREATE FUNCTION ledger.serves(of_person uuid, of_organisation text) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM view.serving AS s WHERE s.customer_id = of_person AND s.organisation = of_organisation AND s.until IS NULL)
        OR EXISTS (SELECT FROM ledger.records_of_same_person(of_person) AS r (id) JOIN view.serving AS s ON s.customer_id = r.id
                   WHERE s.organisation = of_organisation AND s.until IS NULL);
END
$$;
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
-- Whether a caller holds a grant in force to read a person: the same as in ledger/authority/grants.py.
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
-- Whether a caller reads a person; `facts` false for sealed records and their keys, which an auditor opens by a grant only.
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
CREATE FUNCTION ledger.reads(of_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ledger.reads_person(of_person, ledger.verified(), true);
END
$$;
-- The records of the one person a transaction is about (the setting `ledger.about`), when the caller reads them: a page about a
-- person asks this once a statement, where `reads` would be asked for every row. Who sets it to somebody else gains nothing.
CREATE FUNCTION ledger.reads_of_one() RETURNS uuid[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
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
-- What becomes due after the service has ended is listed for the organisation that has to destroy it.
CREATE FUNCTION ledger.answers_for(of_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
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
CREATE FUNCTION ledger.reads_file(of_request uuid, reading text[], facts boolean) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM view.request AS r WHERE r.request = of_request
        AND (ledger.reads_person(r.customer, reading, facts)
             OR ((facts OR reading[2] <> 'auditor') AND r.organisation = ANY (ledger.caller_organisations()))));
END
$$;
CREATE FUNCTION ledger.reads_request(of_request uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ledger.reads_file(of_request, ledger.verified(), true);
END
$$;
-- The claims beside a person are read with the person, those beside a request with the request. Beside a request that is not
-- on record, they are read with the person they name, if they all name the same.
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
-- A stream is a person's, a request's about a person, an organisation's, or holds the claims beside one of these.
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
CREATE FUNCTION ledger.reads_stream(of_stream uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ledger.reads_stream_of(of_stream, ledger.verified(), true);
END
$$;
CREATE FUNCTION ledger.opens_stream(of_stream uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ledger.reads_stream_of(of_stream, ledger.verified(), false);
END
$$;
CREATE FUNCTION ledger.opens_sealed(at_position bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ledger.reads_stream_of((SELECT e.stream FROM ledger.event AS e WHERE e.position = at_position), ledger.verified(), false);
END
$$;

-- The sealed records of a stream, and its keys, for whom `opens_stream` allows it: asked once and not for every row.
CREATE FUNCTION ledger.sealed_of(of_stream uuid)
RETURNS TABLE ("position" bigint, id uuid, version integer, type text, class text, part text, blob bytea)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF ledger.reads_stream_of(of_stream, ledger.verified(), false) THEN
        RETURN QUERY SELECT e.position, e.id, e.version, e.type, e.class, e.part, s.blob
            FROM ledger.event AS e JOIN ledger.sealed AS s ON s.position = e.position WHERE e.stream = of_stream;
    END IF;
END
$$;
CREATE FUNCTION ledger.keys_of(of_stream uuid) RETURNS TABLE (class text, part text, wrapped bytea, fingerprint bytea)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF ledger.reads_stream_of(of_stream, ledger.verified(), false) THEN
        RETURN QUERY SELECT k.class, k.part, k.wrapped, k.fingerprint FROM ledger.class_key AS k WHERE k.stream = of_stream;
    END IF;
END
$$;

-- Whom a set of blind search tokens finds, when that is one person: a match or none, and never a list.
CREATE FUNCTION ledger.match(tokens bytea[]) RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
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

-- How many lines wait in the quarantine and since when, by source: what readiness and metrics may know of it.
CREATE FUNCTION ledger.quarantine_backlog() RETURNS TABLE (source text, lines bigint, oldest timestamptz)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT CASE WHEN q.source IN ('POST /v1/entries', 'ledger record') THEN q.source ELSE 'ledger import' END, count(*), min(q.received_at)
    FROM ledger.quarantine AS q WHERE ledger.verified() IS NOT NULL GROUP BY 1;
END
$$;

-- One entry more in what is known of who serves a person: the same step as in ledger/authority/serving.py. `serving` holds for
-- each organisation the position, the instant and the reason it began with; `over` the times that have ended.
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
CREATE AGGREGATE ledger.serving_of (jsonb) (
    SFUNC = ledger.serving_after, STYPE = jsonb,
    INITCOND = '{"serving": {}, "ended": false, "referrals": {}, "over": []}'
);

-- Puts the policies on a table of a view. `person` is the column that says whom a row is about, `naming` the columns whose
-- organisations read the row whoever serves that person, `controllers` a column that says whether the controllers' case work
-- reads it; without a person every caller reads the table. `only_if` is a function that must allow all of it.
CREATE FUNCTION ledger.guard(of_table regclass, person text DEFAULT NULL, naming text[] DEFAULT '{}', reads text DEFAULT NULL,
                             held boolean DEFAULT false, controllers text DEFAULT NULL, only_if text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
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

-- COPY refuses a table with row-level security. It asks the table it names, so imports name a partitioned table above the real
-- one: the rows go straight there, without a second copy of them, and only the writer may insert into it.
CREATE TABLE ledger.incoming_event (LIKE ledger.event) PARTITION BY RANGE (position);
ALTER TABLE ledger.incoming_event ATTACH PARTITION ledger.event DEFAULT;
CREATE TABLE ledger.incoming_sealed (LIKE ledger.sealed) PARTITION BY RANGE (position);
ALTER TABLE ledger.incoming_sealed ATTACH PARTITION ledger.sealed DEFAULT;
CREATE TABLE ledger.incoming_key (LIKE ledger.class_key INCLUDING DEFAULTS) PARTITION BY RANGE (stream);
ALTER TABLE ledger.incoming_key ATTACH PARTITION ledger.class_key DEFAULT;
GRANT INSERT ON ledger.incoming_event, ledger.incoming_sealed, ledger.incoming_key TO ledger_writer;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['event', 'sealed', 'class_key', 'lookup_token', 'quarantine', 'fence', 'receipt', 'key_check',
                                   'caller_key', 'other_programme', 'session'] LOOP
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY the_program_reads_and_writes ON ledger.%I TO ledger_owner, ledger_writer USING (true) WITH CHECK (true)', guarded);
    END LOOP;
END
$$;
CREATE POLICY views_are_made_of_events ON ledger.event FOR SELECT TO ledger_projector USING (true);
CREATE POLICY a_caller_reads ON ledger.event FOR SELECT TO ledger_reader
    USING (stream = ANY ((SELECT ledger.reads_of_one())::uuid[]) OR (SELECT ledger.reads_everybody()) OR ledger.reads_stream(stream));
CREATE POLICY a_caller_reads ON ledger.sealed FOR SELECT TO ledger_reader
    USING (ledger.opens_sealed(position));
CREATE POLICY a_caller_reads ON ledger.class_key FOR SELECT TO ledger_reader
    USING (ledger.opens_stream(stream));
CREATE POLICY a_caller_reads ON ledger.quarantine FOR SELECT TO ledger_reader
    USING ((SELECT ledger.reads_controllers()) OR owner = ANY ((SELECT ledger.caller_organisations())::text[]));

REVOKE SELECT ON ledger.lookup_token, ledger.fence, ledger.receipt, ledger.key_check, ledger.quarantine FROM ledger_reader;
GRANT SELECT (id, source, line, reason, field, owner, received_at) ON ledger.quarantine TO ledger_reader;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.take_caller_key TO ledger_writer;
GRANT EXECUTE ON FUNCTION ledger.guard, ledger.serving_after, ledger.serving_of TO ledger_projector;
GRANT EXECUTE ON FUNCTION ledger.reads_everybody, ledger.caller_organisations, ledger.reads_registers, ledger.reads_positions, ledger.registers_go_on, ledger.reads_of_one,
    ledger.reads_controllers, ledger.reads_accesses, ledger.reads_nobody, ledger.reads, ledger.answers_for, ledger.reads_request,
    ledger.reads_stream, ledger.opens_stream, ledger.opens_sealed, ledger.sealed_of, ledger.keys_of, ledger.match, ledger.quarantine_backlog TO ledger_reader;

-- The views are made again, each table with its policies; until then there is nothing to read without them.
SET LOCAL ROLE ledger_projector;
DO $$
DECLARE
    made text;
BEGIN
    FOR made IN SELECT format('view.%I', c.relname) FROM pg_class AS c WHERE c.relnamespace = 'view'::regnamespace AND c.relkind = 'r' LOOP
        EXECUTE 'DROP TABLE ' || made;
    END LOOP;
END
$$;
GRANT USAGE ON SCHEMA view TO ledger_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE ledger_projector GRANT SELECT ON TABLES TO ledger_owner;
