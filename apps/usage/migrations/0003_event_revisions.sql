-- A column with a constant default: no row is rewritten, whatever the size of the table.
ALTER TABLE usage_event ADD COLUMN revision smallint NOT NULL DEFAULT 0;

-- One row per amendment or void; an event that was only ever sent has none. superseded_* is where the version
-- before it counted (NULL: nowhere), customer_id, name and "timestamp" where this one counts (NULL: a void).
CREATE TABLE usage_event_revision (
    claim_id uuid NOT NULL,
    revision smallint NOT NULL CHECK (revision > 0),
    content_hash bytea NOT NULL,
    voided boolean NOT NULL,
    customer_id bigint,
    name varchar(120),
    "timestamp" timestamptz,
    superseded_customer_id bigint,
    superseded_name varchar(120),
    superseded_timestamp timestamptz,
    received_at timestamptz NOT NULL,
    transaction_id bigint NOT NULL,
    PRIMARY KEY (claim_id, revision),
    CHECK (voided = ("timestamp" IS NULL))
);

-- Readers ask it for one customer, name and window, and find the answer in the index alone.
CREATE INDEX usage_event_revision_superseded
    ON usage_event_revision (superseded_customer_id, superseded_name, superseded_timestamp)
    INCLUDE (claim_id, revision, transaction_id);
CREATE INDEX usage_event_revision_transaction ON usage_event_revision (transaction_id);

-- By what a brand's events are told apart, from its first event on and for ever.
CREATE TABLE usage_event_identity (
    brand_id bigint PRIMARY KEY,
    identity varchar(20) NOT NULL CHECK (identity IN ('id', 'id_and_timestamp'))
);
INSERT INTO usage_event_identity (brand_id, identity)
SELECT DISTINCT brand_id, 'id' FROM customers_customer AS customer
WHERE EXISTS (SELECT 1 FROM usage_event WHERE usage_event.customer_id = customer.id);

CREATE TRIGGER usage_revision_append_only BEFORE UPDATE OR DELETE ON usage_event_revision
    FOR EACH ROW EXECUTE FUNCTION usage_refuse_event_change();
CREATE TRIGGER usage_identity_append_only BEFORE UPDATE OR DELETE ON usage_event_identity
    FOR EACH ROW EXECUTE FUNCTION usage_refuse_event_change();

-- reverse
DROP TABLE usage_event_identity;
DROP TABLE usage_event_revision;
ALTER TABLE usage_event DROP COLUMN revision;
