-- A counter only counts upwards, and stays the counter of the same letters, kind and mode.
CREATE OR REPLACE FUNCTION invoices_refuse_series_rewind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.next_value < OLD.next_value
        OR (NEW.brand_id, NEW.livemode, NEW.kind, NEW.prefix)
            IS DISTINCT FROM (OLD.brand_id, OLD.livemode, OLD.kind, OLD.prefix) THEN
        RAISE EXCEPTION 'number series % only counts upwards', OLD.prefix
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- reverse
CREATE OR REPLACE FUNCTION invoices_refuse_series_rewind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.next_value < OLD.next_value THEN
        RAISE EXCEPTION 'number series % only counts upwards', OLD.prefix
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
