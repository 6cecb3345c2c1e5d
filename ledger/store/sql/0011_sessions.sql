-- Who is signed in to the pages: several processes serve one ledger, so the sessions are here and not in one of them. Of the
-- secret in the cookie only the SHA-256 is kept, so whoever reads this table can sign in as nobody.
SET LOCAL ROLE ledger_owner;

CREATE TABLE ledger.session (
    digest       bytea       NOT NULL,
    id           uuid        NOT NULL,
    role         text        NOT NULL,
    organisation text        NOT NULL,
    began_at     timestamptz NOT NULL,
    used_at      timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    blob         bytea       NOT NULL,
    CONSTRAINT session_has_one_cookie PRIMARY KEY (digest),
    CONSTRAINT session_is_named UNIQUE (id)
);
COMMENT ON COLUMN ledger.session.id IS 'how an operator names the session; it opens nothing';
COMMENT ON COLUMN ledger.session.blob IS 'the caller, encrypted; role and organisation stand beside it only to be listed';

GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.session TO ledger_writer;
