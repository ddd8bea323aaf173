-- How many people are overdue, per requirement.
select requirementId as subject, count(*) as value from compliance where status = 'overdue' group by requirementId
