-- Which metric values does the newest evaluation see otherwise than the first that had them?
SELECT
    now.metric,
    now.entity,
    now.observation_date,
    arg_min(was.value, was.as_of) AS said_first,
    now.value AS says_now,
    min(was.as_of) AS first_as_of,
    now.as_of AS newest_as_of,
    arg_min(was.metric_version, was.as_of) AS version_then,
    now.metric_version AS version_now
FROM mart.metric AS now
JOIN mart.metric AS was USING (metric, entity, observation_date)
WHERE now.as_of = (SELECT max(as_of) FROM mart.evaluation)
GROUP BY ALL
HAVING said_first IS DISTINCT FROM says_now
ORDER BY now.observation_date DESC, now.metric, now.entity;
