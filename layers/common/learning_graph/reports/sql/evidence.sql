-- The files of an evidence package. Filled before: everything of compliance.sql, and evidence_parameters with one row:
-- requirementId, sampleSize, seed.

create macro local_text(instant) as
    strftime(to_timestamp(instant / 1000.0) at time zone getvariable('time_zone'), '%Y-%m-%d %H:%M:%S');
create macro utc_text(instant) as strftime(to_timestamp(instant / 1000.0) at time zone 'UTC', '%Y-%m-%d %H:%M:%S UTC');

create view evidence_statuses as
select row_number() over (order by coalesce(name, email, uniqueUserId), personKey) as number,
       name, email, uniqueUserId, groups, status,
       case when metLate then 'yes' when status in ('met', 'expiring') then 'no' end as metLate,
       explanation,
       startDate, startBasis, dueDate, graceUntil, metDate,
       local_text(metOn) as metOnLocalTime, utc_text(metOn) as metOnUtc,
       case metBasis when 'completedOn' then 'completion reported by LinkedIn'
                     when 'lastEngagedOn' then 'last engagement: met by then at the latest'
                     when 'lookbackEnd' then 'end of the window: met by then at the latest' end as metOnIs,
       daysOverdue, daysFromStart, contentTitle, contentKey as contentUrn,
       progressPercentage, secondsViewed, utc_text(lastEngagedOn) as lastEngagedUtc,
       proofSnapshot, utc_text(proofWindowStart) as proofWindowStartUtc, utc_text(proofWindowEnd) as proofWindowEndUtc,
       proofFile, proofFileSha256, proofKey as proofRecordKey, personKey
from compliance
where requirementId = (select requirementId from evidence_parameters);

create view evidence_not_met as
select name, email, uniqueUserId, groups, status, dueDate, graceUntil, daysOverdue, explanation
from evidence_statuses
where status in ('overdue', 'due', 'unknown')
order by case status when 'overdue' then 1 when 'unknown' then 2 else 3 end, number;

create view evidence_totals as
select coalesce(groupName, 'everybody in scope') as groupName, people, met, expiring, due, overdue, "unknown", exempt, paused,
       metLate, obliged, round(100 * metShare, 1) as metPercent
from compliance_totals
where requirementId = (select requirementId from evidence_parameters)
order by compliance_totals.groupName nulls first;

create view evidence_exemptions as
select name, email, uniqueUserId, status, exemptReason as reason, exemptDecidedBy as decidedBy,
       exemptFrom as fromDate, exemptUntil as untilDate
from compliance
where requirementId = (select requirementId from evidence_parameters) and exemptFrom is not null
order by name, personKey;

-- A sample that anybody can draw again: the people with the smallest SHA-256 of `<seed>:<personKey>`.
create view evidence_sample as
select row_number() over (order by sha256(seed || ':' || personKey)) as place,
       sha256(seed || ':' || personKey) as sampleHash, s.*
from evidence_statuses s
cross join evidence_parameters
qualify place <= any_value(sampleSize) over ()
order by place;
