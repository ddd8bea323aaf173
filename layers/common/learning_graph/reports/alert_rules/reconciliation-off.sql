-- Differences to LinkedIn's own totals beyond the tolerance.
select null as subject, count(*) as value from reconciliation_difference where exceeds
