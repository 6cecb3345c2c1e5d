-- What is owed about whom, by whom and until when; due days are reckoned with the bank-holiday list published last.
CREATE TABLE duty (
    kind                text NOT NULL CONSTRAINT duty_is_unique PRIMARY KEY,
    working_days        integer,
    months              integer,
    days                integer,
    target_working_days integer
);
CREATE TABLE calendar (
    version   text    NOT NULL,
    first_day date    NOT NULL,
    last_day  date    NOT NULL,
    position  bigint  NOT NULL
);
-- Every day the list reaches, with how many working days there were up to and including it.
CREATE TABLE day (
    day     date    NOT NULL CONSTRAINT day_is_unique PRIMARY KEY,
    working boolean NOT NULL,
    number  integer NOT NULL
);
CREATE INDEX working_day_by_number ON day (number) WHERE working;
CREATE TABLE obligation (
    subject_of  uuid        NOT NULL,
    kind        text        NOT NULL,
    subject     text        NOT NULL,
    recipient   text        NOT NULL,
    position    bigint      NOT NULL,
    owner       text,
    source      text,
    started_on  date        NOT NULL,
    target_from date        NOT NULL,
    obtained_at timestamptz,
    sooner_on   date,
    due_at      timestamptz,
    due_on      date,
    target_on   date,
    settled_at  timestamptz,
    settled_by  bigint,
    CONSTRAINT obligation_is_unique PRIMARY KEY (subject_of, kind, subject, recipient)
);
CREATE INDEX obligation_by_due ON obligation (due_on, position, kind, recipient) WHERE settled_at IS NULL;
CREATE INDEX obligation_of_owner ON obligation (owner, due_on, position, kind, recipient) WHERE settled_at IS NULL;
CREATE INDEX obligation_by_position ON obligation (position);
-- What was done, whether or not it was owed yet.
CREATE TABLE settlement (
    subject_of uuid        NOT NULL,
    kind       text        NOT NULL,
    subject    text        NOT NULL,
    recipient  text        NOT NULL,
    at         timestamptz NOT NULL,
    position   bigint      NOT NULL,
    CONSTRAINT settlement_is_unique PRIMARY KEY (subject_of, kind, subject, recipient)
);
-- How grave the risk of a breach was judged each time: people are told while it is high.
CREATE TABLE breach_risk (
    subject_of uuid    NOT NULL,
    assessment text    NOT NULL,
    position   bigint  NOT NULL,
    day        date    NOT NULL,
    high       boolean NOT NULL,
    CONSTRAINT breach_risk_is_unique PRIMARY KEY (subject_of, assessment, position)
);
-- How the catalogue spells its items, in small letters and figures alone; some names only have to hold a part.
CREATE TABLE spelling (
    number integer NOT NULL CONSTRAINT spelling_is_unique PRIMARY KEY,
    bare   text    NOT NULL,
    code   text    NOT NULL,
    within boolean NOT NULL
);
CREATE INDEX spelling_by_name ON spelling (bare);
-- Which item each name means that shares, corrections and restrictions were written with; no code means that it may be any.
CREATE TABLE item (
    written text NOT NULL CONSTRAINT item_is_unique PRIMARY KEY,
    code    text
);
-- Who was given which items of a person's data, in the order it was recorded: they must hear of a correction.
CREATE TABLE disclosure (
    subject_of uuid   NOT NULL,
    position   bigint NOT NULL,
    at         timestamptz NOT NULL,
    recipient  text   NOT NULL,
    items      text[] NOT NULL,
    CONSTRAINT disclosure_is_unique PRIMARY KEY (subject_of, position)
);
-- When the person was spoken to: what was received before, they then had to hear of.
CREATE TABLE spoken_with (
    subject_of uuid        NOT NULL,
    position   bigint      NOT NULL,
    at         timestamptz NOT NULL,
    CONSTRAINT spoken_with_is_unique PRIMARY KEY (subject_of, position)
);
-- Corrections, erasures and restrictions, of which those to whom data went must hear, except who put it right itself.
CREATE TABLE matter (
    subject_of uuid   NOT NULL,
    position   bigint NOT NULL,
    at         timestamptz NOT NULL,
    matter     text   NOT NULL,
    owner      text,
    maker      text,
    items      text[] NOT NULL,
    CONSTRAINT matter_is_unique PRIMARY KEY (subject_of, position)
);
-- Who was found to have received it from another record of the person, by which merge, and where that was undone.
CREATE TABLE found (
    subject_of uuid   NOT NULL,
    position   bigint NOT NULL,
    matter     text   NOT NULL,
    merge      text   NOT NULL,
    recipient  text   NOT NULL,
    undone     bigint,
    CONSTRAINT found_is_unique PRIMARY KEY (subject_of, position, recipient)
);
-- Whom each row is about, and the organisations it names, which read it whoever serves that person (docs/database.md).
SELECT ledger.guard('duty');
SELECT ledger.guard('calendar');
SELECT ledger.guard('day');
SELECT ledger.guard('obligation', person => 'subject_of', naming => '{owner, recipient}');
SELECT ledger.guard('settlement', person => 'subject_of', naming => '{recipient}');
SELECT ledger.guard('breach_risk', person => 'subject_of');
SELECT ledger.guard('spelling');
SELECT ledger.guard('item');
SELECT ledger.guard('disclosure', person => 'subject_of', naming => '{recipient}');
SELECT ledger.guard('spoken_with', person => 'subject_of');
SELECT ledger.guard('matter', person => 'subject_of', naming => '{owner, maker}');
SELECT ledger.guard('found', person => 'subject_of', naming => '{recipient}');
