-- Which sources served each dataset in the last loads, and how many of its rows are theirs?
SELECT dataset, source, count(*) AS loads, sum(rows_new) AS rows_new, max(fetched_at) AS last_time
FROM meta.load
GROUP BY dataset, source
ORDER BY dataset, last_time DESC;
