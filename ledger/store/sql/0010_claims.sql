-- An actor of the operator's own shell is operator:role@organisation/pseudonym.
SET LOCAL ROLE ledger_owner;

CREATE OR REPLACE FUNCTION ledger.release_corrected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Nearly always nothing waits and every append asks, so looking comes before joining.
    IF EXISTS (SELECT FROM ledger.quarantine AS q WHERE q.command IS NOT NULL) THEN
        DELETE FROM ledger.quarantine AS q USING answered AS a JOIN ledger.event AS e ON e.position = a.first_position
        WHERE q.command = a.command AND q.command IS NOT NULL
          -- An actor is role@organisation/pseudonym, the organisation's code without what would not fit in there.
          AND (split_part(regexp_replace(e.actor, '^operator:', ''), '@', 1) IN ('records-manager', 'administrator')
               OR split_part(split_part(e.actor, '@', 2), '/', 1) = regexp_replace(q.owner, '[^A-Za-z0-9._-]', '-', 'g'));
    END IF;
    RETURN NULL;
END
$$;
