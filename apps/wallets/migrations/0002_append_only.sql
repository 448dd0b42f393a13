-- Movements are only added, and a balance is always the sum of its movements.
CREATE FUNCTION wallets_refuse_movement_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'balance movements are append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER wallets_movement_append_only BEFORE UPDATE OR DELETE ON wallets_balancemovement
    FOR EACH ROW EXECUTE FUNCTION wallets_refuse_movement_change();

-- Looked at when the transaction commits: the row and its movements were written in two statements.
CREATE FUNCTION wallets_check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner bigint;
    held bigint;
    moved numeric;
BEGIN
    IF TG_TABLE_NAME = 'wallets_customerbalance' THEN
        owner := NEW.id;
    ELSE
        owner := NEW.balance_id;
    END IF;
    SELECT balance_minor INTO held FROM wallets_customerbalance WHERE id = owner;
    SELECT coalesce(sum(amount_minor), 0) INTO moved FROM wallets_balancemovement WHERE balance_id = owner;
    IF held <> moved THEN
        RAISE EXCEPTION 'balance % is %, but its movements sum to %', owner, held, moved
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER wallets_balance_is_its_movements
    AFTER INSERT OR UPDATE OF balance_minor ON wallets_customerbalance
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallets_check_balance();
CREATE CONSTRAINT TRIGGER wallets_movement_is_in_its_balance AFTER INSERT ON wallets_balancemovement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallets_check_balance();

-- reverse
DROP TRIGGER wallets_movement_is_in_its_balance ON wallets_balancemovement;
DROP TRIGGER wallets_balance_is_its_movements ON wallets_customerbalance;
DROP FUNCTION wallets_check_balance();
DROP TRIGGER wallets_movement_append_only ON wallets_balancemovement;
DROP FUNCTION wallets_refuse_movement_change();
