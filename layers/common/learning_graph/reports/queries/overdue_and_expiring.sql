-- title: Overdue and expiring
-- description: Who is overdue, who must repeat within 90 days, and who is due within 90 days, the most urgent first.
-- parameter requirement (text) = '': id of a requirement; empty for all
select requirementId, name, email, status, dueDate, graceUntil, daysOverdue, withinDays, explanation
from compliance
where (status in ('overdue', 'expiring') or (status = 'due' and withinDays is not null))
  and (:requirement = '' or requirementId = :requirement)
order by case status when 'overdue' then 1 when 'due' then 2 else 3 end, dueDate, requirementId, name, email
