-- What did we know of margin loans at 18:00 in Shanghai on 13 January 2026?
SELECT trade_date, financing_balance_cny, known_at, source
FROM core.margin_market_asof(TIMESTAMPTZ '2026-01-13 18:00:00+08')
ORDER BY trade_date DESC;
