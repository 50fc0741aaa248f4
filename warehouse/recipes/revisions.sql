-- Which index closes were revised after they had become known, when, and by how much?
SELECT
    old.code,
    old.trade_date,
    old.close AS believed,
    new.close AS now,
    new.close / old.close - 1 AS change,
    old.superseded_at,
    old.source AS believed_from,
    new.source AS now_from
FROM core.index_daily_superseded AS old
JOIN core.index_daily AS new USING (code, trade_date)
WHERE old.close IS DISTINCT FROM new.close
ORDER BY old.superseded_at DESC, old.code, old.trade_date;
