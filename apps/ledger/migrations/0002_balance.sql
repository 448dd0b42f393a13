-- Looked at when the transaction commits: all legs are there, they sum to zero, and their accounts are of the
-- same books. leg_count also refuses a balanced pair that is added to an old transaction.
CREATE FUNCTION ledger_check_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    txn ledger_transaction%ROWTYPE;
    legs bigint;
    unbalanced text;
    strange bigint;
BEGIN
    IF TG_TABLE_NAME = 'ledger_transaction' THEN
        txn := NEW;
    ELSE
        SELECT * INTO txn FROM ledger_transaction WHERE id = NEW.transaction_id;
    END IF;
    SELECT count(*) INTO legs FROM ledger_entry WHERE transaction_id = txn.id;
    IF legs < 2 OR legs <> txn.leg_count THEN
        RAISE EXCEPTION 'ledger transaction % has % legs, not %', txn.id, legs, txn.leg_count
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT currency INTO unbalanced FROM ledger_entry WHERE transaction_id = txn.id
        GROUP BY currency HAVING sum(amount_minor) <> 0 LIMIT 1;
    IF unbalanced IS NOT NULL THEN
        RAISE EXCEPTION 'ledger transaction % does not balance in %', txn.id, unbalanced
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT count(*) INTO strange FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
        WHERE e.transaction_id = txn.id
          AND (a.currency <> e.currency OR a.brand_id <> txn.brand_id OR a.livemode <> txn.livemode);
    IF strange > 0 THEN
        RAISE EXCEPTION 'ledger transaction % posts to an account of other books or currency', txn.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_transaction_balances AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_transaction();
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_transaction();

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_account_append_only BEFORE UPDATE OR DELETE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_account_no_truncate BEFORE TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_transaction_append_only BEFORE UPDATE OR DELETE ON ledger_transaction
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_transaction_no_truncate BEFORE TRUNCATE ON ledger_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- reverse
DROP TRIGGER ledger_entry_no_truncate ON ledger_entry;
DROP TRIGGER ledger_entry_append_only ON ledger_entry;
DROP TRIGGER ledger_transaction_no_truncate ON ledger_transaction;
DROP TRIGGER ledger_transaction_append_only ON ledger_transaction;
DROP TRIGGER ledger_account_no_truncate ON ledger_account;
DROP TRIGGER ledger_account_append_only ON ledger_account;
DROP FUNCTION ledger_refuse_change();
DROP TRIGGER ledger_entry_balances ON ledger_entry;
DROP TRIGGER ledger_transaction_balances ON ledger_transaction;
DROP FUNCTION ledger_check_transaction();
