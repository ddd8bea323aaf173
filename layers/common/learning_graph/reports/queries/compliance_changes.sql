-- title: Statuses that changed
-- description: Whose status differs from the snapshot before, per requirement.
select requirementId, name, email, statusBefore, status, snapshotBefore, definitionChanged
from compliance_changes
order by requirementId, statusBefore, status, name, email
