-- What is kept about each customer, which clocks run, and what is due when, under which rule, because of which event.
CREATE TABLE schedule (
    class   text NOT NULL,
    clock   text NOT NULL,
    months  integer,
    local   text,
    patience integer NOT NULL,
    rule    text NOT NULL,
    contact text,
    of_receipts boolean NOT NULL,
    choice  text,
    CONSTRAINT schedule_is_unique PRIMARY KEY (class, clock, rule)
);
CREATE TABLE holding (
    customer uuid    NOT NULL,
    class    text    NOT NULL,
    part     text    NOT NULL,
    events   bigint  NOT NULL,
    first_position bigint NOT NULL,
    last_position  bigint NOT NULL,
    CONSTRAINT holding_is_unique PRIMARY KEY (customer, class, part)
);
CREATE TABLE clock (
    customer uuid   NOT NULL,
    clock    text   NOT NULL,
    part     text   NOT NULL,
    day      date   NOT NULL,
    said_at  timestamptz NOT NULL DEFAULT 'epoch', -- when a consent was said; other clocks follow the ledger's order
    position bigint NOT NULL,
    CONSTRAINT clock_is_unique PRIMARY KEY (customer, clock, part)
);
-- Every start of a clock there ever was: which of them count depends on the registers, which are corrected later.
CREATE TABLE started (
    customer uuid   NOT NULL,
    clock    text   NOT NULL, -- and `registered` and `serving`, which date nothing and say since when, and by whom
    part     text   NOT NULL,
    day      date   NOT NULL,
    said_at  timestamptz NOT NULL,
    position bigint NOT NULL,
    organisation text -- whose act it is, where no other row of the same event names it for an earlier day
);
-- No plan hangs on these columns, and they change too often to be counted for nothing.
ALTER TABLE started ALTER part SET STATISTICS 0, ALTER day SET STATISTICS 0, ALTER said_at SET STATISTICS 0, ALTER position SET STATISTICS 0;
CREATE INDEX started_by_customer ON started (customer);
CREATE INDEX started_by_organisation ON started (organisation, day) WHERE organisation IS NOT NULL;
-- Since when an organisation is registered, and under contract.
CREATE TABLE first_day (
    organisation text NOT NULL CONSTRAINT first_day_is_unique PRIMARY KEY,
    registered   date,
    contracted   date
);
-- The events that say when they cannot have been, and why: no date is counted from them.
CREATE TABLE cannot_be (
    customer uuid   NOT NULL,
    position bigint NOT NULL,
    why      text   NOT NULL,
    CONSTRAINT cannot_be_is_unique PRIMARY KEY (customer, position)
);
-- What such an event would have dated: it stands on the exception list.
CREATE TABLE impossible (
    customer uuid   NOT NULL,
    class    text   NOT NULL,
    part     text   NOT NULL,
    rule     text   NOT NULL,
    day      date   NOT NULL,
    why      text   NOT NULL,
    because  bigint NOT NULL,
    CONSTRAINT impossible_is_unique PRIMARY KEY (customer, class, part)
);
CREATE INDEX impossible_by_day ON impossible (day, customer, class, part);
-- Whose clocks a batch concerns; empty between batches.
CREATE TABLE touched (
    customer uuid NOT NULL CONSTRAINT touched_is_unique PRIMARY KEY
);
CREATE TABLE responsible (
    customer     uuid   NOT NULL CONSTRAINT responsible_is_unique PRIMARY KEY,
    organisation text   NOT NULL,
    position     bigint NOT NULL
);
CREATE INDEX responsible_by_organisation ON responsible (organisation, customer);
CREATE TABLE local_period (
    organisation text    NOT NULL,
    kind         text    NOT NULL,
    months       integer NOT NULL,
    valid_from   date    NOT NULL,
    position     bigint  NOT NULL,
    CONSTRAINT local_period_is_unique PRIMARY KEY (organisation, kind, valid_from, position)
);
-- The choices that lines of the schedule hang on, as they were put in force or out of it (CONF-01).
CREATE TABLE choice (
    choice      text   NOT NULL,
    valid_from  date   NOT NULL,
    valid_until date   NOT NULL,
    position    bigint NOT NULL,
    CONSTRAINT choice_is_unique PRIMARY KEY (choice, position)
);
CREATE TABLE hold (
    customer  uuid   NOT NULL,
    hold      text   NOT NULL,
    code      text   NOT NULL,
    classes   text[] NOT NULL,
    placed_at timestamptz NOT NULL,
    review_on date,
    owner     text,
    lifted_at timestamptz,
    position  bigint NOT NULL,
    looked_at_on date GENERATED ALWAYS AS (
        CASE WHEN code = 'HOLD_RESTRICTION' THEN NULL
             ELSE coalesce(review_on, (placed_at AT TIME ZONE 'Europe/London')::date) END) STORED,
    CONSTRAINT hold_is_unique PRIMARY KEY (customer, hold)
);
CREATE INDEX hold_to_review ON hold (looked_at_on, customer, hold) WHERE lifted_at IS NULL;
-- Who works under whom, so that an instruction to a prime reaches its sub-contractors.
CREATE TABLE works_under (
    organisation text   NOT NULL CONSTRAINT works_under_is_unique PRIMARY KEY,
    part_of      text,
    position     bigint NOT NULL
);
-- The controller's instructions to destroy what a contractor holds (DEST-01).
CREATE TABLE instruction (
    instruction text   NOT NULL,
    contractor  text   NOT NULL,
    classes     text[] NOT NULL,
    day         date   NOT NULL,
    position    bigint NOT NULL,
    CONSTRAINT instruction_is_unique PRIMARY KEY (position)
);
CREATE TABLE extension (
    customer uuid   NOT NULL,
    class    text   NOT NULL,
    until    date   NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT extension_is_unique PRIMARY KEY (customer, class, position)
);
-- Whom a rights request is about: what holds the person's records holds the request's file too.
CREATE TABLE case_file (
    request  uuid NOT NULL CONSTRAINT case_file_is_unique PRIMARY KEY,
    customer uuid NOT NULL
);
-- Which records count as another's: what holds one record of a person holds them all (LEDG-18).
CREATE TABLE held_with (
    customer      uuid NOT NULL,
    into_customer uuid NOT NULL,
    merge         text NOT NULL,
    CONSTRAINT held_with_is_unique PRIMARY KEY (customer, merge)
);
CREATE INDEX held_with_by_into ON held_with (into_customer, customer);
-- One row per class and part whose clock runs; without a period of its own it has no date and is an exception.
CREATE TABLE due (
    customer   uuid   NOT NULL,
    class      text   NOT NULL,
    part       text   NOT NULL,
    destroy_by date,
    listed_on  date   NOT NULL,
    rule       text   NOT NULL,
    because    bigint NOT NULL,
    CONSTRAINT due_is_unique PRIMARY KEY (customer, class, part)
);
CREATE INDEX due_by_date ON due (destroy_by, customer, class, part) WHERE destroy_by IS NOT NULL;
CREATE INDEX due_without_period ON due (listed_on, customer, class, part) WHERE destroy_by IS NULL;
-- How many are due on each day, so that a count costs as many rows as there are days.
CREATE TABLE due_per_day (
    day        date    NOT NULL,
    dated      boolean NOT NULL,
    count      bigint  NOT NULL,
    CONSTRAINT due_per_day_is_unique PRIMARY KEY (day, dated)
);
-- Whom each row is about, and the organisations it names, which read it whoever serves that person (docs/database.md).
SELECT ledger.guard('schedule');
SELECT ledger.guard('holding', person => 'customer', held => true);
SELECT ledger.guard('clock', person => 'customer', held => true);
SELECT ledger.guard('responsible', person => 'customer', naming => '{organisation}');
SELECT ledger.guard('local_period');
SELECT ledger.guard('choice');
SELECT ledger.guard('hold', person => 'customer', naming => '{owner}', held => true);
SELECT ledger.guard('works_under');
SELECT ledger.guard('instruction');
SELECT ledger.guard('extension', person => 'customer', held => true);
SELECT ledger.guard('case_file', person => 'customer', held => true);
SELECT ledger.guard('held_with', person => 'customer', held => true);
SELECT ledger.guard('due', person => 'customer', held => true);
SELECT ledger.guard('due_per_day', reads => 'reads_controllers');
SELECT ledger.guard('started', person => 'customer', held => true);
SELECT ledger.guard('first_day');
SELECT ledger.guard('cannot_be', person => 'customer', held => true);
SELECT ledger.guard('impossible', person => 'customer', held => true);
SELECT ledger.guard('touched', person => 'customer');
