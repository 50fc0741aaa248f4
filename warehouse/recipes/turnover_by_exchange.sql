-- How much was traded on each exchange, day by day, in trillions of yuan?
PIVOT (SELECT trade_date, exchange, amount_cny / 1e12 AS trillion_cny FROM core.market_turnover)
ON exchange IN ('SSE', 'SZSE', 'BSE')
USING sum(trillion_cny)
ORDER BY trade_date DESC;
