-- Which metric values look different now from what the first issue that had them said?
SELECT
    metric,
    entity,
    observation_date,
    arg_min(value, as_of) AS said_first,
    arg_max(value, as_of) AS says_now,
    min(as_of) AS first_as_of,
    max(as_of) AS last_as_of
FROM mart.metric
GROUP BY metric, entity, observation_date
HAVING said_first IS DISTINCT FROM says_now
ORDER BY observation_date DESC, metric, entity;
