-- How far the days of one shape (what is counted, and how it is grouped) are rolled up.
CREATE TABLE usage_rollup (
    shape char(32) PRIMARY KEY,
    watermark bigint NOT NULL,
    "until" date NOT NULL,
    rolled_at timestamptz NOT NULL
);

-- No unique key: a group is a text of any length, which no index entry holds. The lock on usage_rollup is what
-- lets one writer at a time replace a day.
CREATE TABLE usage_rolled_day (
    shape char(32) NOT NULL,
    customer_id bigint NOT NULL,
    day date NOT NULL,
    groups text[] NOT NULL,
    events bigint NOT NULL,
    numbers bigint NOT NULL,
    total numeric,
    lowest numeric,
    highest numeric
);
CREATE INDEX usage_rolled_day_of ON usage_rolled_day (shape, customer_id, day);

-- reverse
DROP TABLE usage_rolled_day;
DROP TABLE usage_rollup;
