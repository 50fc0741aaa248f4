-- What does each column of core mean, in which unit is it, and what if it breaks a rule?
SELECT table_name, column_name, type, unit, if_broken, meaning
FROM meta.column
WHERE table_name LIKE 'core.%'
ORDER BY table_name, column_name;
