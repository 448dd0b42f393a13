-- Commitments and thresholds are terms of their version, as prices are.
CREATE TRIGGER plans_commitment_frozen BEFORE INSERT OR UPDATE OR DELETE ON plans_minimumcommitment
    FOR EACH ROW EXECUTE FUNCTION plans_refuse_price_change();
CREATE TRIGGER plans_threshold_frozen BEFORE INSERT OR UPDATE OR DELETE ON plans_usagethreshold
    FOR EACH ROW EXECUTE FUNCTION plans_refuse_price_change();

-- Whatever decides a meter's number is frozen; its name, its groups and what becomes of late usage are not.
CREATE OR REPLACE FUNCTION plans_refuse_meter_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.code, OLD.event_name, OLD.aggregation, OLD.value_property, OLD.filters,
            OLD.value_expression, OLD.unique_mode, OLD.carries_over, OLD.percentile, OLD.rounding,
            OLD.rounding_precision)
        IS NOT DISTINCT FROM (NEW.code, NEW.event_name, NEW.aggregation, NEW.value_property, NEW.filters,
            NEW.value_expression, NEW.unique_mode, NEW.carries_over, NEW.percentile, NEW.rounding,
            NEW.rounding_precision) THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM plans_price p JOIN plans_planversion v ON v.id = p.version_id
               WHERE p.meter_id = OLD.id AND v.status = 'published') THEN
        RAISE EXCEPTION 'meter % is read by a published price: what it counts is frozen', OLD.code
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

-- reverse
DROP TRIGGER plans_threshold_frozen ON plans_usagethreshold;
DROP TRIGGER plans_commitment_frozen ON plans_minimumcommitment;
