-- The current view of each customer; no personal data in clear: names are unsealed when they are read.
CREATE TABLE customer (
    customer      uuid        NOT NULL CONSTRAINT customer_is_unique PRIMARY KEY,
    registered_at timestamptz NOT NULL,
    organisation  text,
    introduced_by text,
    programme     text,
    position      bigint      NOT NULL
);
CREATE TABLE consent (
    customer uuid        NOT NULL,
    scope    text        NOT NULL,
    said_at  timestamptz NOT NULL,
    position bigint      NOT NULL,
    state    text        NOT NULL,
    said_to  text,
    channel  text,
    notice   text,
    etag     text,
    CONSTRAINT consent_is_unique PRIMARY KEY (customer, scope, said_at, position)
);
CREATE TABLE contact (
    customer     uuid        NOT NULL,
    interaction  text        NOT NULL,
    written_at   timestamptz NOT NULL,
    position     bigint      NOT NULL,
    held_at      timestamptz,
    channel      text,
    organisation text,
    CONSTRAINT contact_is_unique PRIMARY KEY (customer, interaction)
);
CREATE TABLE appointment (
    customer       uuid        NOT NULL,
    appointment    text        NOT NULL,
    written_at     timestamptz NOT NULL,
    position       bigint      NOT NULL,
    outcome        text        NOT NULL,
    appointment_at timestamptz,
    organisation   text,
    reason         text,
    CONSTRAINT appointment_is_unique PRIMARY KEY (customer, appointment)
);
-- Every step of every referral; the latest step that says a thing says it for the referral.
CREATE TABLE referral_step (
    customer       uuid        NOT NULL,
    referral       text        NOT NULL,
    written_at     timestamptz NOT NULL,
    position       bigint      NOT NULL,
    referred_by    text,
    referred_to    text,
    requested_at   timestamptz,
    accepted_at    timestamptz,
    called_back_at timestamptz,
    CONSTRAINT referral_step_is_unique PRIMARY KEY (customer, referral, written_at, position)
);
CREATE TABLE service_end (
    customer uuid        NOT NULL,
    position bigint      NOT NULL,
    at       timestamptz NOT NULL,
    ended    boolean     NOT NULL,
    reason   text,
    CONSTRAINT service_end_is_unique PRIMARY KEY (customer, position)
);
CREATE TABLE tombstone (
    customer     uuid        NOT NULL,
    class        text        NOT NULL,
    part         text        NOT NULL,
    destroyed_at timestamptz NOT NULL,
    destroy_by   date,
    rule         text,
    position     bigint      NOT NULL,
    CONSTRAINT tombstone_is_unique PRIMARY KEY (customer, class, part)
);
-- What each version of a customer's own record says of its writer and of redaction; null says nothing new, and the
-- latest that says a thing says it. An empty touchpoint is nobody.
CREATE TABLE customer_version (
    customer   uuid        NOT NULL,
    written_at timestamptz NOT NULL,
    position   bigint      NOT NULL,
    touchpoint text,
    redacted   boolean,
    CONSTRAINT customer_version_is_unique PRIMARY KEY (customer, written_at, position)
);
-- Which records count as another's: at most one merge of each is in force, and never into one that is merged itself.
CREATE TABLE merged (
    customer      uuid        NOT NULL,
    into_customer uuid        NOT NULL,
    merge         text        NOT NULL,
    at            timestamptz NOT NULL,
    position      bigint      NOT NULL,
    CONSTRAINT merged_is_unique PRIMARY KEY (customer, merge)
);
CREATE INDEX merged_by_into ON merged (into_customer, customer);
CREATE TABLE restriction (
    customer       uuid        NOT NULL,
    restriction    text        NOT NULL,
    position       bigint      NOT NULL,
    since          timestamptz NOT NULL,
    ground         text        NOT NULL,
    items          text[]      NOT NULL,
    request        text,
    lifted_at      timestamptz,
    person_told_at text,
    CONSTRAINT restriction_is_unique PRIMARY KEY (customer, restriction)
);
CREATE TABLE objection (
    customer   uuid        NOT NULL,
    objection  text        NOT NULL,
    position   bigint      NOT NULL,
    since      timestamptz NOT NULL,
    outcome    text        NOT NULL DEFAULT 'pending',
    decided_at timestamptz,
    CONSTRAINT objection_is_unique PRIMARY KEY (customer, objection)
);
-- Whom each row is about, and the organisations it names, which read it whoever serves that person (docs/database.md).
SELECT ledger.guard('customer', person => 'customer');
SELECT ledger.guard('consent', person => 'customer');
SELECT ledger.guard('contact', person => 'customer');
SELECT ledger.guard('appointment', person => 'customer');
SELECT ledger.guard('referral_step', person => 'customer', naming => '{referred_by, referred_to}');
SELECT ledger.guard('service_end', person => 'customer');
SELECT ledger.guard('tombstone', person => 'customer');
SELECT ledger.guard('customer_version', person => 'customer');
SELECT ledger.guard('merged', person => 'customer');
SELECT ledger.guard('restriction', person => 'customer');
SELECT ledger.guard('objection', person => 'customer');
