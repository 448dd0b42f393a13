-- The files of a credit note are kept as those of an invoice are.
CREATE TRIGGER invoices_credit_note_document_frozen BEFORE UPDATE OR DELETE ON invoices_creditnotedocument
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_document_change();
CREATE TRIGGER invoices_credit_note_document_kept BEFORE TRUNCATE ON invoices_creditnotedocument
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();

-- reverse
DROP TRIGGER invoices_credit_note_document_kept ON invoices_creditnotedocument;
DROP TRIGGER invoices_credit_note_document_frozen ON invoices_creditnotedocument;
