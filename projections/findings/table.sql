-- Every finding about a customer's data and where it stands, the breach assessments, and which entries were judged.
CREATE TABLE finding (
    customer        uuid        NOT NULL,
    finding         text        NOT NULL,
    position        bigint      NOT NULL,
    occurred_at     timestamptz NOT NULL,
    raised_at       timestamptz NOT NULL,
    rule            text        NOT NULL,
    rule_set        text        NOT NULL,
    severity        text        NOT NULL,
    subject_type    text        NOT NULL,
    subject         text        NOT NULL,
    fields          text[]      NOT NULL,
    organisation    text,
    prime           text,
    overridden      boolean     NOT NULL,
    state           text        NOT NULL DEFAULT 'open',
    state_since     timestamptz NOT NULL,
    assessed_as     text,
    CONSTRAINT finding_is_unique PRIMARY KEY (customer, finding)
);
CREATE INDEX finding_by_position ON finding (position);
CREATE INDEX finding_by_rule ON finding (rule, position);
CREATE INDEX finding_by_severity ON finding (severity, position);
CREATE INDEX finding_by_organisation ON finding (organisation, position);
CREATE INDEX finding_by_prime ON finding (prime, position);
CREATE TABLE assessment (
    customer        uuid        NOT NULL,
    assessment      text        NOT NULL,
    position        bigint      NOT NULL,
    subject         text        NOT NULL,
    findings        text[]      NOT NULL,
    became_aware_at timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    organisation    text,
    risk            text,
    outcome         text,
    controller_due_at     timestamptz,
    controller_notified_at timestamptz,
    regulator_notified_at timestamptz,
    people_notified_at    timestamptz,
    closed_at             timestamptz,
    CONSTRAINT assessment_is_unique PRIMARY KEY (customer, assessment)
);
CREATE INDEX assessment_by_position ON assessment (position, customer, assessment);
CREATE TABLE judgement (
    customer  uuid   NOT NULL,
    kind      text   NOT NULL,
    subject   text   NOT NULL,
    position  bigint NOT NULL,
    judged_by text[] NOT NULL,
    imported  boolean NOT NULL,
    CONSTRAINT judgement_is_unique PRIMARY KEY (customer, kind, subject)
);
CREATE TABLE refused_proposal (
    position   bigint      NOT NULL,
    proposal   text        NOT NULL,
    refused_at timestamptz NOT NULL,
    actor      text        NOT NULL,
    command    text        NOT NULL,
    rules      text[]      NOT NULL,
    -- An actor is role@organisation/pseudonym.
    organisation text GENERATED ALWAYS AS (split_part(split_part(actor, '@', 2), '/', 1)) STORED,
    CONSTRAINT refused_proposal_is_unique PRIMARY KEY (position)
);
CREATE INDEX refused_proposal_by_proposal ON refused_proposal (proposal);
-- Whom each row is about, and the organisations it names, which read it whoever serves that person (docs/database.md).
SELECT ledger.guard('finding', person => 'customer', naming => '{organisation, prime}');
SELECT ledger.guard('assessment', person => 'customer', naming => '{organisation}');
SELECT ledger.guard('judgement', person => 'customer');
SELECT ledger.guard('refused_proposal', naming => '{organisation}', reads => 'reads_controllers');
