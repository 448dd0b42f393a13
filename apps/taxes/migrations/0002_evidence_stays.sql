-- An answer of a register is evidence: only when it is asked again may still move.
CREATE FUNCTION taxes_refuse_answer_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'next_ask_at' = to_jsonb(NEW) - 'next_ask_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'answers about tax ids are kept: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER taxes_answer_stays BEFORE UPDATE OR DELETE ON taxes_taxidcheck
    FOR EACH ROW WHEN (OLD.status IN ('valid', 'invalid')) EXECUTE FUNCTION taxes_refuse_answer_change();

-- A rate only ends: another percentage, or another first day, is another row.
CREATE FUNCTION taxes_refuse_rate_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) - 'valid_to' = to_jsonb(NEW) - 'valid_to' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a tax rate does not change: end it and add another'
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER taxes_rate_only_ends BEFORE UPDATE ON taxes_taxrate
    FOR EACH ROW EXECUTE FUNCTION taxes_refuse_rate_change();

-- reverse
DROP TRIGGER taxes_rate_only_ends ON taxes_taxrate;
DROP FUNCTION taxes_refuse_rate_change();
DROP TRIGGER taxes_answer_stays ON taxes_taxidcheck;
DROP FUNCTION taxes_refuse_answer_change();
