-- Every rights request with its steps, facts only; until when it is due is reckoned by the clock when it is read.
CREATE TABLE request (
    request      uuid        NOT NULL CONSTRAINT request_is_unique PRIMARY KEY,
    kind         text        NOT NULL,
    customer     uuid,
    organisation text,
    channel      text,
    received_at  timestamptz NOT NULL,
    closed_at    timestamptz,
    position     bigint      NOT NULL
);
CREATE INDEX request_by_position ON request (position);
CREATE INDEX request_open ON request (position) WHERE closed_at IS NULL;
CREATE INDEX request_by_customer ON request (customer, position);
CREATE TABLE request_step (
    request      uuid        NOT NULL,
    position     bigint      NOT NULL,
    type         text        NOT NULL,
    type_version smallint    NOT NULL,
    occurred_at  timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    facts        jsonb       NOT NULL,
    CONSTRAINT request_step_is_unique PRIMARY KEY (request, position)
);
-- Whom each row is about, and the organisations it names, which read it whoever serves that person (docs/database.md).
SELECT ledger.guard('request', person => 'customer', naming => '{organisation}');
SELECT ledger.guard('request_step', person => 'request', reads => 'reads_request');
