-- Percentage points by which the share of obliged people who met a requirement fell since the snapshot before.
select now.requirementId as subject, round(100 * (before.metShare - now.metShare), 1) as value
from (
    select requirementId, avg(case when status in ('met', 'expiring') then 1.0 else 0.0 end) as metShare
    from compliance where status not in ('exempt', 'paused') group by requirementId
) now
join (
    select requirementId, avg(case when status in ('met', 'expiring') then 1.0 else 0.0 end) as metShare
    from earlier_compliance where status not in ('exempt', 'paused') group by requirementId
) before on before.requirementId = now.requirementId
join requirements on requirements.requirementId = now.requirementId
join earlier_requirement
    on earlier_requirement.requirementId = now.requirementId
   and earlier_requirement.definitionSha256 = requirements.definitionSha256
