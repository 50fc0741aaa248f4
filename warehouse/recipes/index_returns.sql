-- Where do the followed indices stand, and what did they return over a day, the month and the year?
SELECT
    m.as_of,
    m.entity AS code,
    m.observation_date AS trade_date,
    max(m.value) FILTER (m.metric = 'close') AS close,
    max(m.value) FILTER (m.metric = 'return_1d') AS return_1d,
    max(m.value) FILTER (m.metric = 'return_mtd') AS return_mtd,
    max(m.value) FILTER (m.metric = 'return_ytd') AS return_ytd,
    max(m.value) FILTER (m.metric = 'rsi_14') AS rsi_14
FROM mart.metric AS m
JOIN mart.metric_latest AS last_close USING (as_of, entity, observation_date)
WHERE last_close.metric = 'close'  -- all figures of a row are of the day of its close
GROUP BY m.as_of, m.entity, m.observation_date
ORDER BY return_ytd DESC;
