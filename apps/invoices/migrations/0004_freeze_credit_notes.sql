-- What reduces the due amount of a finalised invoice may move, as its payments may.
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

-- A credit note is frozen from the start: only its status and that of its refund move.
CREATE FUNCTION invoices_refuse_credit_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable text[] := ARRAY['status', 'refund_status', 'voided_at', 'metadata'];
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.status = 'void' AND NEW.status <> 'void')
        OR to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable THEN
        RAISE EXCEPTION 'credit note % is issued and frozen', OLD.public_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER invoices_credit_note_frozen BEFORE UPDATE OR DELETE ON invoices_creditnote
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_credit_note_change();

CREATE FUNCTION invoices_refuse_credit_line_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    billed bigint;
    credited numeric;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'lines of a credit note are frozen: % refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    -- The lock makes two credits of one line wait for each other; nothing is given back twice.
    SELECT l.amount_minor INTO billed FROM invoices_invoiceline l
        JOIN invoices_creditnote n ON n.id = NEW.credit_note_id AND n.invoice_id = l.invoice_id
        WHERE l.id = NEW.invoice_line_id FOR NO KEY UPDATE OF l;
    IF billed IS NULL THEN
        RAISE EXCEPTION 'a credit note credits lines of its own invoice only' USING ERRCODE = 'check_violation';
    END IF;
    SELECT coalesce(sum(c.amount_minor), 0) INTO credited FROM invoices_creditnoteline c
        JOIN invoices_creditnote n ON n.id = c.credit_note_id
        WHERE c.invoice_line_id = NEW.invoice_line_id AND n.status <> 'void';
    credited := credited - (SELECT coalesce(sum(t.amount_minor), 0) FROM invoices_invoiceline t
        WHERE t.credits_line_id = NEW.invoice_line_id AND t.voided_at IS NULL);
    IF credited + NEW.amount_minor > billed THEN
        RAISE EXCEPTION 'line % was billed %, of which % is credited already', NEW.invoice_line_id, billed,
            credited USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER invoices_credit_line_frozen BEFORE INSERT OR UPDATE OR DELETE ON invoices_creditnoteline
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_credit_line_change();

-- Looked at when the transaction commits: the sums of a note are those of its lines, so no line can come later.
CREATE FUNCTION invoices_check_credit_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    note bigint;
BEGIN
    IF TG_TABLE_NAME = 'invoices_creditnote' THEN
        note := NEW.id;
    ELSE
        note := NEW.credit_note_id;
    END IF;
    PERFORM 1 FROM invoices_creditnote n
        WHERE n.id = note AND (n.subtotal_minor, n.discount_minor, n.tax_minor) =
            (SELECT sum(c.amount_minor), sum(c.discount_minor), sum(c.tax_minor)
             FROM invoices_creditnoteline c WHERE c.credit_note_id = note);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'credit note % is not the sum of its lines', note USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER invoices_credit_note_is_its_lines AFTER INSERT ON invoices_creditnote
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoices_check_credit_note();
CREATE CONSTRAINT TRIGGER invoices_credit_line_is_in_its_note AFTER INSERT ON invoices_creditnoteline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoices_check_credit_note();

-- reverse
DROP TRIGGER invoices_credit_line_is_in_its_note ON invoices_creditnoteline;
DROP TRIGGER invoices_credit_note_is_its_lines ON invoices_creditnote;
DROP FUNCTION invoices_check_credit_note();
DROP TRIGGER invoices_credit_line_frozen ON invoices_creditnoteline;
DROP FUNCTION invoices_refuse_credit_line_change();
DROP TRIGGER invoices_credit_note_frozen ON invoices_creditnote;
DROP FUNCTION invoices_refuse_credit_note_change();
CREATE OR REPLACE FUNCTION invoices_refuse_invoice_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
