-- What was registered about each organisation from which day on; a later registration of the same day stands beside it.
CREATE TABLE organisation (
    organisation    text   NOT NULL,
    name            text   NOT NULL,
    kind            text   NOT NULL,
    part_of         text,
    valid_from      date   NOT NULL,
    valid_until     date,
    to_be_confirmed boolean NOT NULL,
    position        bigint NOT NULL,
    CONSTRAINT organisation_is_unique PRIMARY KEY (organisation, valid_from, position)
);
-- Every caller reads it (docs/database.md).
SELECT ledger.guard('organisation', reads => 'reads_positions');
