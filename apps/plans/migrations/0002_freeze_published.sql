-- A published version and its prices never change; subscriptions pin them.
CREATE FUNCTION plans_refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'published' THEN
        RAISE EXCEPTION 'plan version % is published and frozen', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER plans_planversion_frozen BEFORE UPDATE OR DELETE ON plans_planversion
    FOR EACH ROW EXECUTE FUNCTION plans_refuse_version_change();

CREATE FUNCTION plans_refuse_price_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    frozen text;
BEGIN
    SELECT v.public_id INTO frozen FROM plans_planversion v
    WHERE v.status = 'published'
      AND v.id IN (CASE WHEN TG_OP = 'INSERT' THEN NEW.version_id ELSE OLD.version_id END,
                   CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END);
    IF frozen IS NOT NULL THEN
        RAISE EXCEPTION 'plan version % is published: its prices are frozen', frozen
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER plans_price_frozen BEFORE INSERT OR UPDATE OR DELETE ON plans_price
    FOR EACH ROW EXECUTE FUNCTION plans_refuse_price_change();

-- What a meter counts is part of every price that reads it.
CREATE FUNCTION plans_refuse_meter_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.code, OLD.event_name, OLD.aggregation, OLD.value_property, OLD.filters)
        IS NOT DISTINCT FROM (NEW.code, NEW.event_name, NEW.aggregation, NEW.value_property, NEW.filters) THEN
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

CREATE TRIGGER plans_meter_frozen BEFORE UPDATE OR DELETE ON plans_meter
    FOR EACH ROW EXECUTE FUNCTION plans_refuse_meter_change();

-- reverse
DROP TRIGGER plans_meter_frozen ON plans_meter;
DROP FUNCTION plans_refuse_meter_change();
DROP TRIGGER plans_price_frozen ON plans_price;
DROP FUNCTION plans_refuse_price_change();
DROP TRIGGER plans_planversion_frozen ON plans_planversion;
DROP FUNCTION plans_refuse_version_change();
