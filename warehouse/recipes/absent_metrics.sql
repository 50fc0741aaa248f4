-- What was not measured in the newest evaluation, and why?
SELECT a.as_of, a.metric, a.entity, m.label, a.kind, a.reason, a.since, a.missing
FROM meta.absence AS a
LEFT JOIN meta.metric AS m USING (metric)
WHERE a.as_of = (SELECT max(as_of) FROM mart.evaluation)
ORDER BY a.missing, a.metric, a.entity;
