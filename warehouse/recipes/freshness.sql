-- How fresh is each dataset, where did its newest rows come from, and how many are there?
SELECT d.dataset, d.label, l.last_date, l.fetched_at, l.source, l.rows_after, d.publication
FROM meta.dataset AS d
LEFT JOIN meta.last_load AS l USING (dataset)
ORDER BY l.fetched_at NULLS FIRST, d.dataset;
