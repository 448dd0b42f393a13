-- A finalised invoice never changes, but for its payment columns; a draft may be thrown away.
CREATE FUNCTION invoices_refuse_invoice_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable text[] := ARRAY['status', 'paid_minor', 'paid_at', 'voided_at', 'metadata'];
BEGIN
    IF OLD.status = 'draft' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.status = 'draft' OR to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable THEN
        RAISE EXCEPTION 'invoice % is finalised and frozen', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER invoices_invoice_frozen BEFORE UPDATE OR DELETE ON invoices_invoice
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_invoice_change();

CREATE FUNCTION invoices_refuse_line_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    frozen text;
BEGIN
    SELECT i.public_id INTO frozen FROM invoices_invoice i
    WHERE i.status <> 'draft'
      AND i.id IN (CASE WHEN TG_OP = 'INSERT' THEN NEW.invoice_id ELSE OLD.invoice_id END,
                   CASE WHEN TG_OP = 'DELETE' THEN OLD.invoice_id ELSE NEW.invoice_id END);
    -- Voiding frees the charge key; nothing else of a line may move.
    IF frozen IS NOT NULL AND (TG_OP <> 'UPDATE' OR OLD.voided_at IS NOT NULL
        OR to_jsonb(OLD) - 'voided_at' <> to_jsonb(NEW) - 'voided_at') THEN
        RAISE EXCEPTION 'invoice % is finalised: its lines are frozen', frozen
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER invoices_line_frozen BEFORE INSERT OR UPDATE OR DELETE ON invoices_invoiceline
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_line_change();

CREATE FUNCTION invoices_refuse_document_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'documents are kept byte for byte' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER invoices_document_frozen BEFORE UPDATE OR DELETE ON invoices_invoicedocument
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_document_change();

CREATE FUNCTION invoices_refuse_series_rewind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.next_value < OLD.next_value THEN
        RAISE EXCEPTION 'number series % only counts upwards', OLD.prefix
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER invoices_series_forward BEFORE UPDATE OR DELETE ON invoices_numberseries
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_series_rewind();

-- reverse
DROP TRIGGER invoices_series_forward ON invoices_numberseries;
DROP FUNCTION invoices_refuse_series_rewind();
DROP TRIGGER invoices_document_frozen ON invoices_invoicedocument;
DROP FUNCTION invoices_refuse_document_change();
DROP TRIGGER invoices_line_frozen ON invoices_invoiceline;
DROP FUNCTION invoices_refuse_line_change();
DROP TRIGGER invoices_invoice_frozen ON invoices_invoice;
DROP FUNCTION invoices_refuse_invoice_change();
