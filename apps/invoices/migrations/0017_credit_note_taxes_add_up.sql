-- Looked at when the transaction commits: the taxes of a note sum to its tax, so none can come later.
CREATE FUNCTION invoices_check_credit_note_taxes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM invoices_creditnote n
        WHERE n.id = NEW.credit_note_id AND n.tax_minor =
            (SELECT sum(t.tax_minor) FROM invoices_creditnotetax t WHERE t.credit_note_id = n.id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the tax of credit note % is not the sum of its taxes', NEW.credit_note_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER invoices_credit_note_taxes_add_up AFTER INSERT ON invoices_creditnotetax
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoices_check_credit_note_taxes();

-- reverse
DROP TRIGGER invoices_credit_note_taxes_add_up ON invoices_creditnotetax;
DROP FUNCTION invoices_check_credit_note_taxes();
