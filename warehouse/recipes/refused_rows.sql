-- Which rows of the upstreams were refused, by which rule, and what did they say?
SELECT dataset, rule, column_name, count(*) AS refused, max(rejected_at) AS last_time,
    any_value(content) AS example
FROM raw.rejected
GROUP BY dataset, rule, column_name
ORDER BY refused DESC, dataset, rule;
