-- Prepaid credit may pay a finalised invoice; its discounts and taxes are as frozen as its lines.
CREATE OR REPLACE FUNCTION invoices_refuse_invoice_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable text[] := ARRAY['status', 'paid_minor', 'balance_applied_minor', 'prepaid_applied_minor',
                            'credited_minor', 'paid_at', 'voided_at', 'metadata'];
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

CREATE FUNCTION invoices_refuse_breakdown_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    frozen text;
BEGIN
    SELECT i.public_id INTO frozen FROM invoices_invoice i
    WHERE i.status <> 'draft'
      AND i.id IN (CASE WHEN TG_OP = 'INSERT' THEN NEW.invoice_id ELSE OLD.invoice_id END,
                   CASE WHEN TG_OP = 'DELETE' THEN OLD.invoice_id ELSE NEW.invoice_id END);
    IF frozen IS NOT NULL THEN
        RAISE EXCEPTION 'invoice % is finalised: its discounts and taxes are frozen', frozen
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER invoices_discount_frozen BEFORE INSERT OR UPDATE OR DELETE ON invoices_invoicediscount
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_breakdown_change();
CREATE TRIGGER invoices_tax_frozen BEFORE INSERT OR UPDATE OR DELETE ON invoices_invoicetax
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_breakdown_change();

-- Looked at as a draft is issued: its sums are those of its lines, and the tax is told apart in full.
CREATE FUNCTION invoices_check_invoice_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 WHERE (NEW.subtotal_minor, NEW.discount_minor, NEW.tax_minor, NEW.tax_included_minor) =
        (SELECT coalesce(sum(l.amount_minor), 0), coalesce(sum(l.discount_minor), 0),
                coalesce(sum(l.tax_minor), 0), coalesce(sum(l.tax_minor) FILTER (WHERE l.tax_included), 0)
         FROM invoices_invoiceline l WHERE l.invoice_id = NEW.id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'invoice % is not the sum of its lines', NEW.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.tax_minor <> (SELECT coalesce(sum(t.tax_minor), 0) FROM invoices_invoicetax t
                         WHERE t.invoice_id = NEW.id) THEN
        RAISE EXCEPTION 'the tax of invoice % is not the sum of its taxes', NEW.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER invoices_invoice_is_its_lines AFTER UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.status = 'draft' AND NEW.status <> 'draft') EXECUTE FUNCTION invoices_check_invoice_sums();

CREATE FUNCTION invoices_refuse_credit_tax_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the taxes of a credit note are frozen: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER invoices_credit_note_tax_frozen BEFORE UPDATE OR DELETE ON invoices_creditnotetax
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_credit_tax_change();

-- Row triggers do not see TRUNCATE.
CREATE FUNCTION invoices_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'issued documents are never truncated: %', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER invoices_invoice_kept BEFORE TRUNCATE ON invoices_invoice
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();
CREATE TRIGGER invoices_line_kept BEFORE TRUNCATE ON invoices_invoiceline
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();
CREATE TRIGGER invoices_discount_kept BEFORE TRUNCATE ON invoices_invoicediscount
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();
CREATE TRIGGER invoices_tax_kept BEFORE TRUNCATE ON invoices_invoicetax
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();
CREATE TRIGGER invoices_credit_note_kept BEFORE TRUNCATE ON invoices_creditnote
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();
CREATE TRIGGER invoices_credit_line_kept BEFORE TRUNCATE ON invoices_creditnoteline
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();
CREATE TRIGGER invoices_credit_note_tax_kept BEFORE TRUNCATE ON invoices_creditnotetax
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();
CREATE TRIGGER invoices_document_kept BEFORE TRUNCATE ON invoices_invoicedocument
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();
CREATE TRIGGER invoices_series_kept BEFORE TRUNCATE ON invoices_numberseries
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();

-- reverse
DROP TRIGGER invoices_series_kept ON invoices_numberseries;
DROP TRIGGER invoices_document_kept ON invoices_invoicedocument;
DROP TRIGGER invoices_credit_note_tax_kept ON invoices_creditnotetax;
DROP TRIGGER invoices_credit_line_kept ON invoices_creditnoteline;
DROP TRIGGER invoices_credit_note_kept ON invoices_creditnote;
DROP TRIGGER invoices_tax_kept ON invoices_invoicetax;
DROP TRIGGER invoices_discount_kept ON invoices_invoicediscount;
DROP TRIGGER invoices_line_kept ON invoices_invoiceline;
DROP TRIGGER invoices_invoice_kept ON invoices_invoice;
DROP FUNCTION invoices_refuse_truncate();
DROP TRIGGER invoices_credit_note_tax_frozen ON invoices_creditnotetax;
DROP FUNCTION invoices_refuse_credit_tax_change();
DROP TRIGGER invoices_invoice_is_its_lines ON invoices_invoice;
DROP FUNCTION invoices_check_invoice_sums();
DROP TRIGGER invoices_tax_frozen ON invoices_invoicetax;
DROP TRIGGER invoices_discount_frozen ON invoices_invoicediscount;
DROP FUNCTION invoices_refuse_breakdown_change();
CREATE OR REPLACE FUNCTION invoices_refuse_invoice_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable text[] := ARRAY['status', 'paid_minor', 'balance_applied_minor', 'credited_minor', 'paid_at',
                            'voided_at', 'metadata'];
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
