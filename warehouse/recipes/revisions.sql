-- Which index closes were revised after they had become known, when, from what to what, and by whom?
WITH versions AS (
    SELECT code, trade_date, close, known_at, superseded_at, source FROM core.index_daily_superseded
    UNION ALL BY NAME
    SELECT code, trade_date, close, known_at, source FROM core.index_daily
)
SELECT
    code,
    trade_date,
    close AS believed,
    lead(close) OVER history AS then_said,
    then_said / believed - 1 AS change,
    superseded_at AS revised_at,
    source AS believed_from,
    lead(source) OVER history AS revised_by
FROM versions
WINDOW history AS (PARTITION BY code, trade_date ORDER BY superseded_at NULLS LAST, known_at)
QUALIFY superseded_at IS NOT NULL AND then_said IS DISTINCT FROM believed
ORDER BY revised_at DESC, code, trade_date;
