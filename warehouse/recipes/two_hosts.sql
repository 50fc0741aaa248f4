-- Where do two hosts disagree on a headline figure, and which of them is used why?
SELECT as_of, observation_date, series, entity, chosen, chosen_source, other, other_source, difference,
    tolerance, reason
FROM meta.discrepancy
WHERE as_of = (SELECT max(as_of) FROM mart.evaluation) AND NOT agrees
ORDER BY observation_date DESC, series, entity;
