-- Reports that wait for somebody entitled, or were answered. What a sender is shown stands apart in `sent_claim`: the
-- rest would tell it who is on record, who serves them, and what became of their records.
CREATE TABLE claim (
    claim        uuid        NOT NULL CONSTRAINT claim_is_unique PRIMARY KEY,
    position     bigint      NOT NULL,
    about        uuid        NOT NULL,
    person       uuid,
    subject      text        NOT NULL,
    command      text        NOT NULL,
    because      text        NOT NULL,
    claimant     text        NOT NULL,
    organisation text,
    taken        boolean     NOT NULL,
    received_at  timestamptz NOT NULL,
    happened_at  timestamptz,
    state        text        NOT NULL DEFAULT 'waiting',
    answered_at  timestamptz,
    answered_by  text,
    destroyed    boolean     NOT NULL DEFAULT false,
    -- Who sees the row: who serves this person, the organisation named, and every controller where no person is meant.
    whom         uuid GENERATED ALWAYS AS (coalesce(person, about)) STORED,
    named        text GENERATED ALWAYS AS (CASE WHEN because <> 'not served' THEN organisation END) STORED,
    of_registers boolean GENERATED ALWAYS AS (subject = 'organisation' OR because = 'moves') STORED
);
CREATE INDEX claim_by_position ON claim (position);
CREATE INDEX claim_waiting ON claim (position) WHERE state = 'waiting' AND NOT destroyed;
CREATE INDEX claim_by_about ON claim (about, position);
CREATE INDEX claim_by_person ON claim (person, position);
CREATE TABLE sent_claim (
    claim        uuid        NOT NULL CONSTRAINT sent_claim_is_unique PRIMARY KEY,
    position     bigint      NOT NULL,
    about        uuid        NOT NULL,
    subject      text        NOT NULL,
    command      text        NOT NULL,
    claimant     text        NOT NULL,
    received_at  timestamptz NOT NULL,
    happened_at  timestamptz,
    state        text        NOT NULL DEFAULT 'waiting',
    answered_at  timestamptz
);
CREATE INDEX sent_claim_by_claimant ON sent_claim (claimant, position);
-- An organisation began to serve a person by identity shown: those that served them before are told.
CREATE TABLE serving_notice (
    position     bigint      NOT NULL,
    place        integer     NOT NULL,
    person       uuid        NOT NULL,
    organisation text        NOT NULL,
    began        text        NOT NULL,
    began_at     timestamptz NOT NULL,
    CONSTRAINT serving_notice_is_unique PRIMARY KEY (position, place)
);
CREATE INDEX serving_notice_by_organisation ON serving_notice (organisation, position);
-- Who is of another programme than the National Careers Service: another controller sees the claims about them.
CREATE TABLE person_of_programme (
    person    uuid NOT NULL CONSTRAINT person_of_programme_is_unique PRIMARY KEY,
    programme text NOT NULL
);
-- Whom each row is about, and the organisations it names, which read it whoever serves that person (docs/database.md).
SELECT ledger.guard('claim', person => 'whom', naming => '{named}', controllers => 'of_registers');
SELECT ledger.guard('sent_claim', naming => '{claimant}', reads => 'reads_nobody');
SELECT ledger.guard('serving_notice', person => 'person', naming => '{organisation}');
SELECT ledger.guard('person_of_programme', person => 'person');
