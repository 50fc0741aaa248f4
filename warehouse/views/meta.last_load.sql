-- The newest load of each dataset: source, time, rows. It may be of old days: see meta.freshness.
SELECT *
FROM meta.load
QUALIFY row_number() OVER (PARTITION BY dataset ORDER BY rowid DESC) = 1
