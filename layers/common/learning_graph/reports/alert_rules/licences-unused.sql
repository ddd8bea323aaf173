-- Per cent of the learners without any engagement in the last 90 days.
select null as subject, round(100.0 * avg(case when lastEngagedOn >= asOfEnd - 7776000000 then 0.0 else 1.0 end), 1) as value
from report
cross join learner
left join (select learnerKey, max(lastEngagedOn) as lastEngagedOn from engagement group by learnerKey) e
    on e.learnerKey = learner.learnerKey
having count(*) > 0
