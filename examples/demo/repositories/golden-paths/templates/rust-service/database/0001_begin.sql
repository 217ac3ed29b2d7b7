-- The first migration is empty, so that the second has something to follow.
SELECT 1;
