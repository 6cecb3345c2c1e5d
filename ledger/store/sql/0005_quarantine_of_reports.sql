-- Reports that cannot be read, or use the id of another, are kept in the quarantine beside rejected documents; each line has
-- an owner, and the id of the command that a corrected report would come under.
SET LOCAL ROLE ledger_owner;

-- Whoever imported before this was not written down, so that these lines are the controller's.
ALTER TABLE ledger.quarantine ADD COLUMN owner text NOT NULL DEFAULT 'controller';
ALTER TABLE ledger.quarantine ALTER COLUMN owner DROP DEFAULT;
ALTER TABLE ledger.quarantine ADD COLUMN command uuid;
CREATE INDEX quarantine_by_command ON ledger.quarantine (command) WHERE command IS NOT NULL;
CREATE INDEX quarantine_by_source ON ledger.quarantine (source, received_at);

-- In the transaction that records the corrected report, so that it is never in neither place. A line that used the id of a
-- recorded command names no command here: nothing that is recorded later would put it right.
CREATE FUNCTION ledger.release_corrected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Nearly always nothing waits and every append asks, so looking comes before joining.
    IF EXISTS (SELECT FROM ledger.quarantine AS q WHERE q.command IS NOT NULL) THEN
        DELETE FROM ledger.quarantine AS q USING answered AS a WHERE q.command = a.command AND q.command IS NOT NULL;
    END IF;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION ledger.release_corrected FROM PUBLIC;
CREATE TRIGGER corrected_reports_leave_the_quarantine AFTER INSERT ON ledger.receipt
    REFERENCING NEW TABLE AS answered FOR EACH STATEMENT EXECUTE FUNCTION ledger.release_corrected();
