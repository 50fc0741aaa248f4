-- What followed earlier days like those of the newest evaluation, beside what usually followed?
SELECT
    f.as_of,
    f.kind,
    f.entity,
    f.shape,
    f.side,
    f.least AS percentile,
    f.measured_on,
    f.horizon,
    f.cases,
    round(f.lower_return, 3) AS lower_quartile,
    round(f.median_return, 3) AS median,
    round(f.upper_return, 3) AS upper_quartile,
    round(f.base_median_return, 3) AS usual_median,
    round(f.median_fall, 3) AS largest_fall,
    round(f.base_median_fall, 3) AS usual_fall,
    f.since
FROM mart.followed AS f
WHERE f.as_of = (SELECT max(as_of) FROM mart.evaluation)
ORDER BY f.kind, f.entity, f.measured_on, f.horizon;
