-- On which trading days does the margin figure of an exchange lack?
WITH span AS (
    SELECT exchange, min(trade_date) AS first_day FROM core.margin_exchange GROUP BY exchange
),
ends AS (SELECT max(trade_date) AS last_day FROM core.margin_exchange)
SELECT span.exchange, calendar.trade_date
FROM span
CROSS JOIN ends
JOIN core.trade_calendar AS calendar ON calendar.trade_date BETWEEN span.first_day AND ends.last_day
ANTI JOIN core.margin_exchange AS there
    ON there.exchange = span.exchange AND there.trade_date = calendar.trade_date
ORDER BY calendar.trade_date, span.exchange;
