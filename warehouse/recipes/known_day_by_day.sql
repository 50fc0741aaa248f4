-- Which margin balance was the newest known one at the end of each trading day, as it was known then?
SELECT
    day.trade_date AS known_on,
    max(margin.trade_date) AS balance_of,
    arg_max(margin.financing_balance_cny, margin.trade_date) AS financing_balance_cny
FROM (
    SELECT trade_date
    FROM core.trade_calendar
    WHERE trade_date <= (SELECT max(trade_date) FROM core.index_daily)
    ORDER BY trade_date DESC
    LIMIT 60
) AS day,
    LATERAL (FROM core.margin_market_asof(day.trade_date)) AS margin
GROUP BY day.trade_date
ORDER BY known_on DESC;
