-- The newest observation of each metric and entity, from the newest evaluation, which as_of names.
SELECT m.*
FROM mart.metric AS m
WHERE m.as_of = (SELECT max(as_of) FROM mart.metric)
QUALIFY row_number() OVER (PARTITION BY metric, entity ORDER BY observation_date DESC) = 1
