-- Of a schedule only what is recognised, credited and spread anew moves; its movements are append-only.
CREATE FUNCTION invoices_refuse_recognition_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable text[] := ARRAY['recognized_minor', 'credited_minor', 'spread_from', 'spread_to',
                            'spread_base_minor', 'next_at'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable THEN
        RAISE EXCEPTION 'recognition schedule % is booked and kept', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER invoices_recognition_frozen BEFORE UPDATE OR DELETE ON invoices_recognitionschedule
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_recognition_change();
CREATE TRIGGER invoices_recognition_kept BEFORE TRUNCATE ON invoices_recognitionschedule
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();

CREATE FUNCTION invoices_refuse_recognition_movement_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'recognition movements are append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER invoices_recognition_movement_append_only BEFORE UPDATE OR DELETE ON invoices_recognitionmovement
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_recognition_movement_change();
CREATE TRIGGER invoices_recognition_movement_kept BEFORE TRUNCATE ON invoices_recognitionmovement
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_truncate();

-- What was deferred before there were schedules: a line whose period was not over when it was booked. A
-- negative line took off the deferred revenue of the line that it takes back.
CREATE TEMPORARY TABLE invoices_was_deferred ON COMMIT DROP AS
    SELECT l.id, l.credits_line_id, i.id AS invoice_id, i.public_id AS invoice_key, i.brand_id, i.livemode,
           i.customer_id, i.currency, i.finalized_at, b.default_time_zone AS zone, l.period_ends_at,
           least(coalesce(l.period_starts_at, i.finalized_at), l.period_ends_at) AS starts_at,
           l.amount_minor - l.discount_minor - l.progressive_minor
               - CASE WHEN l.tax_included THEN l.tax_minor ELSE 0 END AS net
    FROM invoices_invoiceline l
        JOIN invoices_invoice i ON i.id = l.invoice_id
        JOIN accounts_brand b ON b.id = i.brand_id
    WHERE i.status IN ('open', 'paid', 'uncollectible')
      AND l.kind NOT IN ('in_advance', 'progressive')
      AND l.period_ends_at > i.finalized_at;

CREATE TEMPORARY TABLE invoices_was_credited ON COMMIT DROP AS
    SELECT c.invoice_line_id AS line_id, 'credit_note' AS source_type, n.public_id AS source_id,
           n.issued_at AS at, sum(c.amount_minor - c.discount_minor) AS net
    FROM invoices_creditnoteline c
        JOIN invoices_creditnote n ON n.id = c.credit_note_id AND n.status = 'issued'
        JOIN invoices_was_deferred d ON d.id = c.invoice_line_id
    GROUP BY c.invoice_line_id, n.public_id, n.issued_at
    UNION ALL
    SELECT t.credits_line_id, 'invoice', t.invoice_key, t.finalized_at, -sum(t.net)
    FROM invoices_was_deferred t
        JOIN invoices_was_deferred d ON d.id = t.credits_line_id
    GROUP BY t.credits_line_id, t.invoice_key, t.finalized_at;

INSERT INTO invoices_recognitionschedule (line_id, brand_id, livemode, customer_id, currency, time_zone,
        starts_at, ends_at, booked_at, amount_minor, recognized_minor, credited_minor, spread_from, spread_to,
        spread_base_minor, next_at)
    SELECT d.id, d.brand_id, d.livemode, d.customer_id, d.currency, d.zone, d.starts_at, d.period_ends_at,
           d.finalized_at, d.net, 0, x.credited, s.first,
           greatest((d.period_ends_at AT TIME ZONE d.zone)::date, s.first + 1), 0,
           CASE WHEN d.net <> x.credited THEN
               (greatest(s.first, (d.finalized_at AT TIME ZONE d.zone)::date) + 1)::timestamp
                   AT TIME ZONE d.zone END
    FROM invoices_was_deferred d
        CROSS JOIN LATERAL (SELECT (d.starts_at AT TIME ZONE d.zone)::date AS first) s
        CROSS JOIN LATERAL (SELECT coalesce(sum(c.net), 0) AS credited FROM invoices_was_credited c
                            WHERE c.line_id = d.id) x
    WHERE d.net <> 0
      AND NOT EXISTS (SELECT 1 FROM invoices_was_deferred o WHERE o.id = d.credits_line_id);

INSERT INTO invoices_recognitionmovement (schedule_id, kind, recognized_minor, credited_minor, source_type,
        source_id, at)
    SELECT s.id, 'credited', 0, c.net, c.source_type, c.source_id, c.at
    FROM invoices_was_credited c JOIN invoices_recognitionschedule s ON s.line_id = c.line_id
    WHERE c.net <> 0
    ORDER BY c.at, s.id;

-- reverse
DROP TRIGGER invoices_recognition_movement_kept ON invoices_recognitionmovement;
DROP TRIGGER invoices_recognition_movement_append_only ON invoices_recognitionmovement;
DROP FUNCTION invoices_refuse_recognition_movement_change();
DROP TRIGGER invoices_recognition_kept ON invoices_recognitionschedule;
DROP TRIGGER invoices_recognition_frozen ON invoices_recognitionschedule;
DROP FUNCTION invoices_refuse_recognition_change();
