-- A movement fits what came before it. The lock makes writers of one wallet take turns, whoever they are: the
-- reads below then see every earlier movement.
CREATE FUNCTION wallets_check_grant_movement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rest bigint;
    held bigint;
    owner bigint;
BEGIN
    PERFORM 1 FROM wallets_wallet WHERE id = NEW.wallet_id FOR NO KEY UPDATE;
    SELECT wallet_id INTO owner FROM wallets_creditgrant WHERE id = NEW.grant_id;
    IF owner IS DISTINCT FROM NEW.wallet_id THEN
        RAISE EXCEPTION 'grant % is not of wallet %', NEW.grant_id, NEW.wallet_id
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT remaining_after_minor INTO rest FROM wallets_grantmovement
        WHERE grant_id = NEW.grant_id ORDER BY id DESC LIMIT 1;
    SELECT wallet_after_minor INTO held FROM wallets_grantmovement
        WHERE wallet_id = NEW.wallet_id ORDER BY id DESC LIMIT 1;
    IF NEW.remaining_after_minor <> coalesce(rest, 0) + NEW.amount_minor
        OR NEW.wallet_after_minor <> coalesce(held, 0) + NEW.amount_minor THEN
        RAISE EXCEPTION 'movement of % does not follow: grant % held %, wallet % held %',
            NEW.amount_minor, NEW.grant_id, coalesce(rest, 0), NEW.wallet_id, coalesce(held, 0)
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER wallets_grantmovement_follows BEFORE INSERT ON wallets_grantmovement
    FOR EACH ROW EXECUTE FUNCTION wallets_check_grant_movement();

-- Looked at when the transaction commits: a row and its movements were written in several statements. The last
-- movement carries the sum, since each follows the one before.
CREATE FUNCTION wallets_check_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held bigint;
    moved bigint;
BEGIN
    SELECT balance_minor INTO held FROM wallets_wallet WHERE id = NEW.id;
    SELECT wallet_after_minor INTO moved FROM wallets_grantmovement
        WHERE wallet_id = NEW.id ORDER BY id DESC LIMIT 1;
    IF held <> coalesce(moved, 0) THEN
        RAISE EXCEPTION 'wallet % is %, but its movements sum to %', NEW.id, held, coalesce(moved, 0)
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION wallets_check_grant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held bigint;
    moved bigint;
BEGIN
    SELECT remaining_minor INTO held FROM wallets_creditgrant WHERE id = NEW.id;
    SELECT remaining_after_minor INTO moved FROM wallets_grantmovement
        WHERE grant_id = NEW.id ORDER BY id DESC LIMIT 1;
    IF held <> coalesce(moved, 0) THEN
        RAISE EXCEPTION 'grant % holds %, but its movements sum to %', NEW.id, held, coalesce(moved, 0)
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION wallets_check_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held bigint;
    rest bigint;
    newest wallets_grantmovement%ROWTYPE;
BEGIN
    SELECT balance_minor INTO held FROM wallets_wallet WHERE id = NEW.wallet_id;
    SELECT remaining_minor INTO rest FROM wallets_creditgrant WHERE id = NEW.grant_id;
    SELECT * INTO newest FROM wallets_grantmovement WHERE wallet_id = NEW.wallet_id ORDER BY id DESC LIMIT 1;
    IF held <> newest.wallet_after_minor THEN
        RAISE EXCEPTION 'wallet % is %, but its movements sum to %', NEW.wallet_id, held, newest.wallet_after_minor
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO newest FROM wallets_grantmovement WHERE grant_id = NEW.grant_id ORDER BY id DESC LIMIT 1;
    IF rest <> newest.remaining_after_minor THEN
        RAISE EXCEPTION 'grant % holds %, but its movements sum to %',
            NEW.grant_id, rest, newest.remaining_after_minor USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER wallets_wallet_is_its_movements
    AFTER INSERT OR UPDATE OF balance_minor ON wallets_wallet
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallets_check_wallet();
CREATE CONSTRAINT TRIGGER wallets_grant_is_its_movements
    AFTER INSERT OR UPDATE OF remaining_minor ON wallets_creditgrant
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallets_check_grant();
CREATE CONSTRAINT TRIGGER wallets_grantmovement_is_in_its_rows AFTER INSERT ON wallets_grantmovement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallets_check_moved();

-- The terms of a grant stand: only what remains of it moves, and it may be voided once.
CREATE FUNCTION wallets_refuse_grant_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'remaining_minor' - 'voided_at') <> (to_jsonb(OLD) - 'remaining_minor' - 'voided_at')
        OR (OLD.voided_at IS NOT NULL AND NEW.voided_at IS DISTINCT FROM OLD.voided_at) THEN
        RAISE EXCEPTION 'the terms of grant % never change', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION wallets_refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER wallets_grant_terms_stand BEFORE UPDATE ON wallets_creditgrant
    FOR EACH ROW EXECUTE FUNCTION wallets_refuse_grant_change();
CREATE TRIGGER wallets_grant_stays BEFORE DELETE ON wallets_creditgrant
    FOR EACH ROW EXECUTE FUNCTION wallets_refuse_removal();
CREATE TRIGGER wallets_grant_no_truncate BEFORE TRUNCATE ON wallets_creditgrant
    FOR EACH STATEMENT EXECUTE FUNCTION wallets_refuse_removal();
CREATE TRIGGER wallets_grantmovement_append_only BEFORE UPDATE OR DELETE ON wallets_grantmovement
    FOR EACH ROW EXECUTE FUNCTION wallets_refuse_removal();
CREATE TRIGGER wallets_grantmovement_no_truncate BEFORE TRUNCATE ON wallets_grantmovement
    FOR EACH STATEMENT EXECUTE FUNCTION wallets_refuse_removal();
-- The movements of balances were append-only row by row; emptying their table is refused too.
CREATE TRIGGER wallets_movement_no_truncate BEFORE TRUNCATE ON wallets_balancemovement
    FOR EACH STATEMENT EXECUTE FUNCTION wallets_refuse_movement_change();

-- reverse
DROP TRIGGER wallets_movement_no_truncate ON wallets_balancemovement;
DROP TRIGGER wallets_grantmovement_no_truncate ON wallets_grantmovement;
DROP TRIGGER wallets_grantmovement_append_only ON wallets_grantmovement;
DROP TRIGGER wallets_grant_no_truncate ON wallets_creditgrant;
DROP TRIGGER wallets_grant_stays ON wallets_creditgrant;
DROP TRIGGER wallets_grant_terms_stand ON wallets_creditgrant;
DROP FUNCTION wallets_refuse_removal();
DROP FUNCTION wallets_refuse_grant_change();
DROP TRIGGER wallets_grantmovement_is_in_its_rows ON wallets_grantmovement;
DROP TRIGGER wallets_grant_is_its_movements ON wallets_creditgrant;
DROP TRIGGER wallets_wallet_is_its_movements ON wallets_wallet;
DROP FUNCTION wallets_check_moved();
DROP FUNCTION wallets_check_grant();
DROP FUNCTION wallets_check_wallet();
DROP TRIGGER wallets_grantmovement_follows ON wallets_grantmovement;
DROP FUNCTION wallets_check_grant_movement();
