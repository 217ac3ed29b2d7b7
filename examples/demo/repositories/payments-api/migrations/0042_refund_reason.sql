-- Reports show why money went back. Old refunds have no reason, and none is invented for them.
ALTER TABLE refund ADD COLUMN reason text
    CHECK (reason IN ('requested', 'duplicate', 'fraud'));
