-- Where do the followed indices stand, and what did they return over a day, the month and the year?
SELECT
    entity AS code,
    max(observation_date) AS trade_date,
    max(value) FILTER (metric = 'close') AS close,
    max(value) FILTER (metric = 'return_1d') AS return_1d,
    max(value) FILTER (metric = 'return_mtd') AS return_mtd,
    max(value) FILTER (metric = 'return_ytd') AS return_ytd,
    max(value) FILTER (metric = 'rsi_14') AS rsi_14
FROM mart.metric_latest
WHERE metric IN ('close', 'return_1d', 'return_mtd', 'return_ytd', 'rsi_14')
GROUP BY entity
HAVING close IS NOT NULL
ORDER BY return_ytd DESC;
