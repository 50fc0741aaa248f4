-- What did we know of margin loans at 18:00 in Shanghai on 13 January 2026?
SELECT trade_date, financing_balance_cny, known_at, source
FROM (
    SELECT *, NULL::TIMESTAMP AS superseded_at FROM core.margin_market
    UNION ALL BY NAME
    SELECT * FROM core.margin_market_superseded
)
WHERE known_at <= TIMESTAMP '2026-01-13 10:00:00'  -- 18:00 in Shanghai is 10:00 UTC
    AND coalesce(superseded_at > TIMESTAMP '2026-01-13 10:00:00', true)
ORDER BY trade_date DESC;
