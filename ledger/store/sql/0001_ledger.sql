-- The append-only store, the keys that can be destroyed, and the roles that keep the two apart.
-- `migrate` has made the roles; from here on everything belongs to the owner, in whose role no program ever runs.
CREATE SCHEMA ledger AUTHORIZATION ledger_owner;
CREATE SCHEMA view AUTHORIZATION ledger_projector;
SET LOCAL ROLE ledger_owner;

-- One row per thing that happened. No personal data in clear: facts are ids, codes, dates and rule ids.
CREATE TABLE ledger.event (
    position     bigint      NOT NULL CONSTRAINT event_position_is_dense_from_one CHECK (position > 0),
    id           uuid        NOT NULL,
    stream       uuid        NOT NULL,
    version      integer     NOT NULL CONSTRAINT event_version_starts_at_one CHECK (version > 0),
    type         text        NOT NULL CONSTRAINT event_needs_a_type CHECK (type <> ''),
    type_version smallint    NOT NULL,
    class        text,
    part         text        NOT NULL DEFAULT '',
    occurred_at  timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    facts        jsonb       NOT NULL,
    commitment   bytea,
    previous     bytea,
    leaf         bytea       NOT NULL,
    CONSTRAINT event_position_is_unique PRIMARY KEY (position),
    CONSTRAINT event_id_is_unique UNIQUE (id),
    CONSTRAINT event_version_is_unique_in_its_stream UNIQUE (stream, version),
    CONSTRAINT event_hashes_are_sha256 CHECK (
        length(leaf) = 32 AND (previous IS NULL OR length(previous) = 32) AND (commitment IS NULL OR length(commitment) = 32)),
    CONSTRAINT event_first_has_no_previous CHECK ((previous IS NULL) = (version = 1)),
    CONSTRAINT event_sealed_has_a_class CHECK ((commitment IS NULL) = (class IS NULL))
);

-- Ciphertext lives apart so that it can be deleted; its commitment stays with the event.
CREATE TABLE ledger.sealed (
    position bigint NOT NULL,
    blob     bytea  NOT NULL,
    CONSTRAINT sealed_position_is_unique PRIMARY KEY (position)
);
ALTER TABLE ledger.sealed ALTER COLUMN blob SET STORAGE EXTERNAL;

-- One wrapped data key per customer, retention class and part.
CREATE TABLE ledger.class_key (
    stream      uuid  NOT NULL,
    class       text  NOT NULL,
    part        text  NOT NULL DEFAULT '',
    wrapped     bytea NOT NULL,
    fingerprint bytea NOT NULL,
    CONSTRAINT class_key_is_unique PRIMARY KEY (stream, class, part)
);

-- What was destroyed, so that nothing comes back under it and a restored backup is noticed.
CREATE TABLE ledger.fence (
    stream      uuid   NOT NULL,
    class       text   NOT NULL,
    part        text   NOT NULL DEFAULT '',
    fingerprint bytea,
    position    bigint NOT NULL,
    CONSTRAINT fence_is_unique PRIMARY KEY (stream, class, part)
);

-- Blind search tokens: HMAC over normalised values, never the values.
CREATE TABLE ledger.lookup_token (
    token  bytea NOT NULL,
    stream uuid  NOT NULL,
    CONSTRAINT lookup_token_is_unique PRIMARY KEY (token, stream)
);
CREATE INDEX lookup_token_by_stream ON ledger.lookup_token (stream);

-- What was answered to each command, so that the same command again gets the same answer.
CREATE TABLE ledger.receipt (
    command        uuid   NOT NULL,
    digest         bytea,
    first_position bigint NOT NULL,
    last_position  bigint NOT NULL,
    CONSTRAINT receipt_is_unique PRIMARY KEY (command)
);
CREATE INDEX receipt_by_position ON ledger.receipt (last_position);

-- The one row every append locks: it is what makes positions dense.
CREATE TABLE ledger.head (
    singleton boolean NOT NULL DEFAULT true CONSTRAINT head_is_one_row CHECK (singleton),
    position bigint  NOT NULL,
    CONSTRAINT head_is_unique PRIMARY KEY (singleton)
) WITH (fillfactor = 10);
INSERT INTO ledger.head (position) VALUES (0);

-- Whether this key file belongs to this ledger.
CREATE TABLE ledger.key_check (
    singleton boolean NOT NULL DEFAULT true CONSTRAINT key_check_is_one_row CHECK (singleton),
    fingerprint bytea   NOT NULL,
    CONSTRAINT key_check_is_unique PRIMARY KEY (singleton)
);

-- Lines an import could not accept: encrypted, counted, listed by line and reason.
CREATE TABLE ledger.quarantine (
    id          uuid        NOT NULL,
    digest      bytea       NOT NULL,
    source      text        NOT NULL,
    line        bigint      NOT NULL,
    collection  text,
    reason      text        NOT NULL,
    field       text,
    received_at timestamptz NOT NULL DEFAULT now(),
    blob        bytea       NOT NULL,
    CONSTRAINT quarantine_is_unique PRIMARY KEY (id)
);
CREATE INDEX quarantine_by_age ON ledger.quarantine (received_at, id);

-- A trigger refuses even the owner; switching it off is itself visible in the catalogue.
CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: % is not permitted', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE ON ledger.event
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER events_are_never_truncated BEFORE TRUNCATE ON ledger.event
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

GRANT USAGE ON SCHEMA ledger TO ledger_writer, ledger_reader, ledger_projector;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO ledger_reader, ledger_writer;
GRANT SELECT ON ledger.event, ledger.head TO ledger_projector;
GRANT INSERT ON ledger.event, ledger.receipt, ledger.fence, ledger.key_check TO ledger_writer;
GRANT INSERT, DELETE ON ledger.sealed, ledger.class_key, ledger.lookup_token TO ledger_writer;
GRANT INSERT, UPDATE, DELETE ON ledger.quarantine TO ledger_writer;
GRANT UPDATE ON ledger.head TO ledger_writer;
GRANT UPDATE (digest) ON ledger.receipt TO ledger_writer;

SET LOCAL ROLE ledger_projector;
GRANT USAGE ON SCHEMA view TO ledger_writer, ledger_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE ledger_projector GRANT SELECT ON TABLES TO ledger_reader, ledger_writer;
