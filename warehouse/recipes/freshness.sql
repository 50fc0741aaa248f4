-- How fresh is each dataset, where did its newest rows come from, and how many are there?
SELECT d.dataset, d.label, f.newest, f.sources, f.known_at, f.fetched_at, f.rows, d.publication
FROM meta.dataset AS d
JOIN meta.freshness AS f USING (dataset)
ORDER BY f.newest NULLS FIRST, d.dataset;
