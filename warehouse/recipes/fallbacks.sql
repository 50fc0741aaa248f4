-- Which sources were loaded into each dataset, how many rows did they bring or revise, and when last?
SELECT dataset, source, count(*) AS loads, sum(rows_new) AS rows_new,
    sum(rows_revised) AS rows_revised, max(fetched_at) AS last_time
FROM meta.load
GROUP BY dataset, source
ORDER BY dataset, last_time DESC;
