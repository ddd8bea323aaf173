-- How many runs in a row, the newest included, ended PARTIAL.
select null as subject, count(*) as value
from run_status
where place < coalesce((select min(place) from run_status where status <> 'PARTIAL'), 1000000)
