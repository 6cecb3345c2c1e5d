-- Which organisation served which person from when until when; who serves them now has no end. The policies of every other
-- table ask this one, so it says only what somebody entitled has put on record (ledger/authority/serving.py is the same fold).
CREATE TABLE serving (
    customer_id  uuid        NOT NULL,
    organisation text        NOT NULL,
    position     bigint      NOT NULL,
    since        timestamptz NOT NULL,
    until        timestamptz,
    because      text        NOT NULL,
    CONSTRAINT serving_is_unique PRIMARY KEY (customer_id, organisation, position)
);
CREATE INDEX serving_now ON serving (organisation, customer_id) WHERE until IS NULL;
-- What the next entry is judged by: whether the service has ended, and the referrals made by somebody entitled.
CREATE TABLE serving_state (
    customer_id uuid    NOT NULL CONSTRAINT serving_state_is_unique PRIMARY KEY,
    ended       boolean NOT NULL,
    referrals   jsonb   NOT NULL
);
SELECT ledger.guard('serving', person => 'customer_id', naming => '{organisation}');
SELECT ledger.guard('serving_state', person => 'customer_id');
