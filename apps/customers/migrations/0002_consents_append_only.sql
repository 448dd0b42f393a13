-- What was agreed stays word for word; only the link to a deleted user may be emptied.
CREATE FUNCTION customers_refuse_consent_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.given_by_id IS NULL
        AND to_jsonb(OLD) - 'given_by_id' = to_jsonb(NEW) - 'given_by_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'consents are append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER customers_consent_append_only BEFORE UPDATE OR DELETE ON customers_consent
    FOR EACH ROW EXECUTE FUNCTION customers_refuse_consent_change();

-- reverse
DROP TRIGGER customers_consent_append_only ON customers_consent;
DROP FUNCTION customers_refuse_consent_change();
