-- Who used the ledger how: refused attempts, readings and grants. Staff are pseudonyms, as in every entry's actor.
CREATE TABLE refused_attempt (
    position     bigint      NOT NULL CONSTRAINT refused_attempt_is_unique PRIMARY KEY,
    file         uuid        NOT NULL,
    who          text        NOT NULL,
    role         text        NOT NULL,
    organisation text        NOT NULL,
    operator     boolean     NOT NULL,
    route        text        NOT NULL,
    command      text,
    about        uuid,
    refusal      text        NOT NULL,
    rule         text,
    attempts     integer     NOT NULL,
    different    integer     NOT NULL,
    first_at     timestamptz NOT NULL,
    last_at      timestamptz NOT NULL
);
CREATE INDEX refused_attempt_by_who ON refused_attempt (who, position);
-- One row for each person read by somebody on a day.
CREATE TABLE reading (
    who          text        NOT NULL,
    role         text        NOT NULL,
    organisation text        NOT NULL,
    operator     boolean     NOT NULL,
    day          date        NOT NULL,
    customer     uuid        NOT NULL,
    readings     integer     NOT NULL,
    exports      integer     NOT NULL,
    by_grant     integer     NOT NULL,
    namesake     text,
    CONSTRAINT reading_is_unique PRIMARY KEY (who, role, organisation, operator, day, customer)
);
CREATE INDEX reading_by_day ON reading (day, who);
CREATE INDEX reading_of_namesakes ON reading (day, who) WHERE namesake IS NOT NULL;
-- Whoever recorded anything, a reading too, in each quarter.
CREATE TABLE presence (
    who          text        NOT NULL,
    role         text        NOT NULL,
    organisation text        NOT NULL,
    operator     boolean     NOT NULL,
    quarter      date        NOT NULL,
    first_at     timestamptz NOT NULL,
    last_at      timestamptz NOT NULL,
    entries      bigint      NOT NULL,
    CONSTRAINT presence_is_unique PRIMARY KEY (quarter, who, role, organisation, operator)
);
CREATE TABLE access_grant (
    customer     uuid        NOT NULL,
    access_grant text        NOT NULL,
    position     bigint      NOT NULL,
    who          text        NOT NULL,
    role         text        NOT NULL,
    organisation text        NOT NULL,
    requested_at timestamptz NOT NULL,
    until        date        NOT NULL,
    emergency    boolean     NOT NULL,
    state        text        NOT NULL DEFAULT 'waiting',
    decided_by   text,
    state_since  timestamptz NOT NULL,
    CONSTRAINT access_grant_is_unique PRIMARY KEY (customer, access_grant)
);
CREATE INDEX access_grant_by_position ON access_grant (position);
-- The controllers' case work and auditors see how everybody used their access (docs/database.md).
CREATE INDEX access_grant_by_holder ON access_grant (who);
SELECT ledger.guard('refused_attempt', reads => 'reads_accesses');
SELECT ledger.guard('reading', person => 'customer', only_if => 'reads_accesses');
SELECT ledger.guard('presence', reads => 'reads_accesses');
SELECT ledger.guard('access_grant', person => 'customer', only_if => 'reads_accesses');
