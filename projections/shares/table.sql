-- Where each item of data came from and everyone it went to, one row per customer and share, in both directions.
CREATE TABLE share (
    customer        uuid        NOT NULL,
    share           text        NOT NULL,
    direction       text,
    kind            text        NOT NULL,
    at              timestamptz NOT NULL,
    position        bigint      NOT NULL,
    sent_by         text,
    sent_to         text,
    office          text,
    recipient_role  text,
    channel         text,
    items           text[]      NOT NULL,
    container       text,
    plan            text,
    purpose         text,
    lawful_basis    text,
    agreement       text,
    encrypted       boolean,
    plans_in_share  integer,
    confirmed_at    timestamptz,
    incorporated_at timestamptz,
    disposed_at     timestamptz,
    CONSTRAINT share_is_unique PRIMARY KEY (customer, kind, share)
);
CREATE INDEX share_by_time ON share (position);
CREATE INDEX share_by_recipient ON share (sent_to, position);
CREATE INDEX share_by_sender ON share (sent_by, position);
-- Whom each row is about, and the organisations it names, which read it whoever serves that person (docs/database.md).
SELECT ledger.guard('share', person => 'customer', naming => '{sent_by, sent_to, office}');
