-- What does no source offer, since when, and what does the briefing say instead?
SELECT subject, since, why, instead
FROM meta.gap
ORDER BY since DESC NULLS LAST, subject;
