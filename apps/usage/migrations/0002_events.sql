CREATE TABLE usage_event_claim (
    id uuid PRIMARY KEY,
    content_hash bytea NOT NULL,
    "timestamp" timestamptz NOT NULL
);

-- No unique index here: the claim is what makes an event count once, and months can be dropped.
CREATE TABLE usage_event (
    claim_id uuid NOT NULL,
    "timestamp" timestamptz NOT NULL,
    brand_id bigint NOT NULL,
    livemode boolean NOT NULL,
    customer_id bigint NOT NULL,
    source varchar(255) NOT NULL,
    event_id varchar(255) NOT NULL,
    name varchar(120) NOT NULL,
    properties jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    transaction_id bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)
) PARTITION BY RANGE ("timestamp");

CREATE INDEX usage_event_customer_name_timestamp ON usage_event (customer_id, name, "timestamp");
CREATE INDEX usage_event_timestamp ON usage_event USING brin ("timestamp");

CREATE FUNCTION usage_refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: send a correction' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER usage_event_append_only BEFORE UPDATE OR DELETE ON usage_event
    FOR EACH ROW EXECUTE FUNCTION usage_refuse_event_change();
CREATE TRIGGER usage_claim_append_only BEFORE UPDATE OR DELETE ON usage_event_claim
    FOR EACH ROW EXECUTE FUNCTION usage_refuse_event_change();

-- reverse
DROP TABLE usage_event;
DROP TABLE usage_event_claim;
DROP FUNCTION usage_refuse_event_change();
