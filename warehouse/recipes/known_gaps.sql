-- What does no source offer, or only one, since when, and what is there instead?
SELECT subject, since, why, instead, dataset, part
FROM meta.gap
ORDER BY dataset NULLS FIRST, since DESC NULLS LAST, subject;
