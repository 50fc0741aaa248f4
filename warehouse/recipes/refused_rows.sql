-- Which rows and fields of the upstreams were set aside, by which rule, and what did they say?
SELECT dataset, rule, column_name, lost, count(DISTINCT content) AS refused,
    max(rejected_at) AS last_time, any_value(content) AS example
FROM raw.rejected
GROUP BY dataset, rule, column_name, lost
ORDER BY refused DESC, dataset, rule;
