-- Who must meet which requirement, who has, and what proves it. Filled before: report, requirement, requirement_tag,
-- requirement_urn, requirement_attribute, population_person, exemption, earlier_fulfilment, earlier_first_seen. Tables are
-- dropped once they have been used: those of a large account would fill the function's disk.

-- What was known of a learner under an earlier key is known of the present one (ADR 0005): a learner who gets a profile
-- has another key. Each row of `learner_identities` once had the key that its own identifiers give.
create table moved_key as
select distinct coalesce(comparableProfileUrn,
                         getvariable('user_prefix') || coalesce(comparableUniqueUserId, comparableEmail)) as earlierKey,
       learnerKey
from learner_identities
where earlierKey <> learnerKey;

update earlier_fulfilment set learnerKey = k.learnerKey from moved_key k where earlier_fulfilment.learnerKey = k.earlierKey;
update earlier_first_seen set personKey = k.learnerKey from moved_key k where personKey = k.earlierKey;

-- Of two rows that become one person's, that of the present key stays.
create table moved_compliance as
select e.* replace (k.learnerKey as personKey, k.learnerKey as learnerKey)
from earlier_compliance e
join moved_key k on k.earlierKey = e.learnerKey
where not exists (from earlier_compliance o where o.requirementId = e.requirementId and o.learnerKey = k.learnerKey)
qualify row_number() over (partition by e.requirementId, k.learnerKey order by k.earlierKey) = 1;

delete from earlier_compliance where learnerKey in (select earlierKey from moved_key);
insert into earlier_compliance from moved_compliance;
drop table moved_compliance;
drop table moved_key;

-- Content that counts towards a requirement: its URNs, or everything tagged with one of its names or URNs. In a cycle,
-- content that an earlier cycle had too counts from the first day of the cycle (`notBefore`); LinkedIn never sends a
-- second completion, so content of this cycle alone counts whenever it was done.
create table requirement_content as
select distinct requirementId, contentKey, notBefore from requirement_urn
union
select distinct t.requirementId, tag.contentKey, r.cycleStart
from requirement_tag t
join requirement r using (requirementId)
join tag on tag.tagKey = t.tag or lower(tag.tagName) = lower(t.tag);

-- Everybody who might be in scope: the rows of the population file, or every learner whom LinkedIn knows.
create table candidate as
select r.requirementId, p.personKey, p.learnerKey,
       coalesce(l.name, p.name) as name, coalesce(p.email, l.email) as email,
       coalesce(p.uniqueUserId, l.uniqueUserId) as uniqueUserId,
       list_sort(list_distinct(coalesce(l.groups, []) || case when p.groupName is null then [] else [p.groupName] end)) as groups,
       p.startDate, p.endDate, p.pausedFrom, p.pausedUntil, p.identifier
from requirement r
join population_person p on p.population = r.population
left join learner l on l.learnerKey = p.learnerKey
union all
select r.requirementId, l.learnerKey, l.learnerKey, l.name, l.email, l.uniqueUserId, list_sort(l.groups),
       null, null, null, null, null
from requirement r
cross join learner l
where r.population is null;

-- The first sighting of a person: the earliest engagement known, else the first snapshot with the person.
-- Two joins with the earlier table: one join with `or` would compare everybody with everybody.
create table first_seen as
select p.personKey, min(least(e.firstSeenOn, l.firstSeenOn, g.firstEngagedOn, p.seenOn)) as firstSeenOn
from (
    select distinct personKey, learnerKey, identifier, seenOn from candidate cross join report
    union
    select learnerKey, learnerKey, null, seenOn from learner cross join report
) p
left join earlier_first_seen e on e.personKey = p.personKey
left join earlier_first_seen l on l.personKey = 'population:' || p.identifier
left join (
    select learnerKey, min(firstEngagedOn) as firstEngagedOn from engagement where firstEngagedOn > 0 group by learnerKey
) g on g.learnerKey = p.learnerKey
group by p.personKey
order by p.personKey;

create table scope as
select c.*,
       coalesce(c.startDate, local_date(f.firstSeenOn)) as begins,
       case when c.startDate is not null then 'population file' else 'first seen' end as startBasis
from candidate c
cross join report
join requirement r on r.requirementId = c.requirementId
join first_seen f on f.personKey = c.personKey
where (c.startDate is null or c.startDate <= asOfDate)
  and (c.endDate is null or c.endDate >= asOfDate)
  and (len(r.groups) = 0 or list_has_any(r.groups, c.groups))
  and r.attributeCount = (
      select count(distinct a.attribute)
      from requirement_attribute a
      join learner_attributes l on l.attribute = a.attribute and l.value = a.value
      where a.requirementId = c.requirementId and l.learnerKey = c.learnerKey
  );

create table engaged as
select c.requirementId, c.notBefore, e.*
from requirement_content c
join engagement e on e.contentKey = c.contentKey
where e.learnerKey in (select learnerKey from scope where learnerKey is not null);

-- Single contents that count as done; a completion before the requirement was written counts.
create table content_done as
select e.requirementId, e.learnerKey, e.contentKey,
       case when r.how = 'completed' or e.completed then e.completedOn else e.lastEngagedOn end as metOn,
       case when r.how = 'completed' or e.completed then e.completedBasis else e.engagedBasis end as metBasis,
       e.lookbackStart, e.lookbackEnd, e.file, e.sha256, e.recordKey
from engaged e
join requirement r on r.requirementId = e.requirementId
where ((r.how = 'completed' and e.completed)
       or (r.how = 'progress' and (e.completed or e.progressPercentage >= r.threshold)))
  and (e.notBefore is null
       or local_date(case when r.how = 'completed' or e.completed then e.completedOn else e.lastEngagedOn end) >= e.notBefore);

-- Seconds lie between the later of lookback and first engagement, and the last engagement. They count in a cycle, or
-- again after an earlier time, only where all of them lie after its beginning.
create table content_seconds as
select e.*, r.threshold, r.allOf
from engaged e
join requirement r on r.requirementId = e.requirementId
left join (
    select requirementId, learnerKey, max(metOn) as metOn
    from earlier_fulfilment
    join requirement using (requirementId, definitionSha256)
    where months is not null
    group by requirementId, learnerKey
) earlier on earlier.requirementId = e.requirementId and earlier.learnerKey = e.learnerKey
where r.how = 'seconds'
  and e.secondsViewed is not null
  and greatest(e.lookbackStart, coalesce(e.firstEngagedOn, e.lookbackStart)) > coalesce(earlier.metOn, -1)
  and (r.cycleStart is null
       or local_date(greatest(e.lookbackStart, coalesce(e.firstEngagedOn, e.lookbackStart))) >= r.cycleStart);

insert into content_done
select requirementId, learnerKey, contentKey, lastEngagedOn, engagedBasis, lookbackStart, lookbackEnd, file, sha256, recordKey
from content_seconds
where allOf and secondsViewed >= threshold;

-- Occasions on which a requirement was met, each with its proof.
create table occasion as
select d.requirementId, r.definitionSha256, d.learnerKey, d.metOn, d.metBasis, d.contentKey,
       report.run as proofSnapshot, d.lookbackStart as proofWindowStart, d.lookbackEnd as proofWindowEnd,
       d.file as proofFile, d.sha256 as proofFileSha256, d.recordKey as proofKey
from content_done d
cross join report
join requirement r on r.requirementId = d.requirementId
where not r.allOf
union all
select d.requirementId, any_value(r.definitionSha256), d.learnerKey, max(d.metOn),
       max({'at': d.metOn, 'content': d.contentKey, 'value': d.metBasis}).value,
       max({'at': d.metOn, 'content': d.contentKey, 'value': d.contentKey}).value,
       any_value(report.run),
       max({'at': d.metOn, 'content': d.contentKey, 'value': d.lookbackStart}).value,
       max({'at': d.metOn, 'content': d.contentKey, 'value': d.lookbackEnd}).value,
       max({'at': d.metOn, 'content': d.contentKey, 'value': d.file}).value,
       max({'at': d.metOn, 'content': d.contentKey, 'value': d.sha256}).value,
       max({'at': d.metOn, 'content': d.contentKey, 'value': d.recordKey}).value
from content_done d
cross join report
join requirement r on r.requirementId = d.requirementId
where r.allOf
group by d.requirementId, d.learnerKey
having count(distinct d.contentKey) = any_value(r.contentCount)
union all
select requirementId, any_value(definitionSha256), learnerKey, max(lastEngagedOn),
       max({'at': lastEngagedOn, 'content': contentKey, 'value': engagedBasis}).value,
       max({'at': lastEngagedOn, 'content': contentKey, 'value': contentKey}).value,
       any_value(report.run),
       max({'at': lastEngagedOn, 'content': contentKey, 'value': lookbackStart}).value,
       max({'at': lastEngagedOn, 'content': contentKey, 'value': lookbackEnd}).value,
       max({'at': lastEngagedOn, 'content': contentKey, 'value': file}).value,
       max({'at': lastEngagedOn, 'content': contentKey, 'value': sha256}).value,
       max({'at': lastEngagedOn, 'content': contentKey, 'value': recordKey}).value
from content_seconds
cross join report
join requirement r using (requirementId)
where not content_seconds.allOf
group by requirementId, learnerKey
having sum(secondsViewed) >= any_value(content_seconds.threshold);

drop table content_done;
drop table content_seconds;

-- With what earlier snapshots proved for the same definition: seconds leave the lookback, and tags leave a content. The
-- earliest time of a content counts, this snapshot's proof before an earlier one of the same instant.
create table fulfilment as
select * exclude (place)
from (
    select *, row_number() over (
        partition by requirementId, learnerKey, case when how = 'seconds' then metOn::varchar else contentKey end
        order by metOn, proofSnapshot desc, contentKey
    ) as place
    from (
        select * from occasion
        union all by name
        select earlier_fulfilment.* from earlier_fulfilment
        join requirement using (requirementId, definitionSha256)
        where metOn < (select asOfEnd from report) and learnerKey in (select learnerKey from learner)
    )
    join (select requirementId, how from requirement) using (requirementId)
)
where place = 1;

drop table occasion;

create table time_met as
select f.*, local_date(metOn) as metDate,
       lag(local_date(metOn)) over (partition by requirementId, learnerKey order by metOn, contentKey) as previousDate,
       row_number() over (partition by requirementId, learnerKey order by metOn, contentKey) as nth,
       row_number() over (partition by requirementId, learnerKey order by metOn desc, contentKey desc) as nthFromLast
from fulfilment f;

create table judged as
select s.*, r.title as requirementTitle, r.graceDays, r.months, r.dueKind,
       m.metOn, m.metDate, m.metBasis, m.contentKey,
       m.proofSnapshot, m.proofWindowStart, m.proofWindowEnd, m.proofFile, m.proofFileSha256, m.proofKey,
       x.reason as exemptReason, x.decidedBy as exemptDecidedBy, x.exemptFrom, x.exemptUntil,
       (s.pausedFrom is not null or s.pausedUntil is not null)
           and coalesce(s.pausedFrom <= asOfDate, true) and coalesce(s.pausedUntil >= asOfDate, true) as isPaused,
       -- by when the time that counts was required, and by when the next one is
       case r.dueKind
           when 'date' then r.dueDate
           when 'start' then s.begins + r.dueDays
           when 'months' then cast(coalesce(m.previousDate + to_months(r.months), s.begins + r.firstDueDays) as date)
       end as requiredBy,
       case r.dueKind
           when 'date' then r.dueDate
           when 'start' then s.begins + r.dueDays
           when 'months' then cast(coalesce(m.metDate + to_months(r.months), s.begins + r.firstDueDays) as date)
       end as dueDate
from scope s
cross join report
join requirement r on r.requirementId = s.requirementId
left join time_met m
    on m.requirementId = s.requirementId and m.learnerKey = s.learnerKey
   and case when r.dueKind = 'months' then m.nthFromLast = 1 else m.nth = 1 end
left join active_exemption x on x.requirementId = s.requirementId and x.personKey = s.personKey;

drop table scope;
drop table time_met;

create table with_status as
select j.*,
       case
           when metOn is not null and (dueKind <> 'months' or asOfDate <= dueDate)
               then case when dueKind = 'months' and dueDate - asOfDate <= 90 then 'expiring' else 'met' end
           when exemptFrom is not null then 'exempt'
           when isPaused then 'paused'
           when learnerKey is null then 'unknown'
           when dueDate is null or asOfDate <= dueDate + graceDays then 'due'
           else 'overdue'
       end as status
from judged j
cross join report;

drop table judged;

create table compliance as
select requirementId, requirementTitle, personKey, learnerKey, name, email, uniqueUserId, groups, status,
       status in ('met', 'expiring') and coalesce(metDate > requiredBy + graceDays, false) as metLate,
       case when status in ('due', 'expiring') and dueDate >= asOfDate then
           case when dueDate - asOfDate <= 30 then 30 when dueDate - asOfDate <= 60 then 60 when dueDate - asOfDate <= 90 then 90 end
       end as withinDays,
       begins as startDate, startBasis, dueDate, dueDate + graceDays as graceUntil,
       case when status in ('met', 'expiring') and metDate > requiredBy + graceDays then metDate - requiredBy
            when status in ('overdue', 'unknown') and asOfDate > dueDate + graceDays then asOfDate - dueDate
       end as daysOverdue,
       metDate - begins as daysFromStart,
       metDate, metOn, metBasis, contentKey, content.title as contentTitle,
       progress.progressPercentage, progress.secondsViewed, progress.lastEngagedOn,
       exemptReason, exemptDecidedBy, exemptFrom, exemptUntil,
       case when isPaused then pausedFrom end as pausedFrom, case when isPaused then pausedUntil end as pausedUntil,
       proofSnapshot, proofWindowStart, proofWindowEnd, proofFile, proofFileSha256, proofKey,
       case status
           when 'met' then 'Met on ' || metDate || coalesce(' by "' || content.title || '"', '')
               || case when metDate > requiredBy + graceDays then ', ' || (metDate - requiredBy) || ' days after the due date ' || requiredBy
                       when requiredBy is not null then ', due on ' || requiredBy else '' end
               || case when metBasis <> 'completedOn' then '; on that day at the latest' else '' end
           when 'expiring' then 'Met on ' || metDate || coalesce(' by "' || content.title || '"', '') || '; to be repeated by ' || dueDate
           when 'exempt' then 'Exempt from ' || exemptFrom || coalesce(' until ' || exemptUntil, '') || ', decided by ' || exemptDecidedBy || ': ' || exemptReason
           when 'paused' then 'On leave' || coalesce(' from ' || pausedFrom, '') || coalesce(' until ' || pausedUntil, '')
           when 'unknown' then 'In the population file, but LinkedIn Learning reports nobody with this identifier'
               || coalesce('; due on ' || dueDate, '')
           when 'due' then case when metDate is not null then 'Last met on ' || metDate || '; ' else 'Not met yet; ' end
               || case when dueDate is null then 'without a due date'
                       when asOfDate <= dueDate then 'due on ' || dueDate
                       else 'was due on ' || dueDate || ', grace until ' || (dueDate + graceDays) end
           when 'overdue' then case when metDate is not null then 'Last met on ' || metDate || '; ' else 'Not met; ' end
               || 'was due on ' || dueDate || case when graceDays > 0 then ' with grace until ' || (dueDate + graceDays) else '' end
       end
       || case when status in ('due', 'overdue') and progress.progressPercentage is not null
               then '; highest progress ' || round(progress.progressPercentage)::bigint || ' %' else '' end as explanation,
       identifier
from with_status w
cross join report
left join content using (contentKey)
left join (
    select requirementId, learnerKey, max(progressPercentage) as progressPercentage,
           sum(secondsViewed)::bigint as secondsViewed, max(lastEngagedOn) as lastEngagedOn
    from engaged
    group by requirementId, learnerKey
) progress using (requirementId, learnerKey)
order by requirementId, personKey;

drop table engaged;
drop table with_status;

create table compliance_totals as
with member as (
    select requirementId, requirementTitle, null as groupName, status, metLate, metOn from compliance
    union all
    select requirementId, requirementTitle, unnest(groups), status, metLate, metOn from compliance
),
counted as (
    select requirementId, requirementTitle, groupName,
           count(*) as people,
           count(*) filter (status = 'met') as met,
           count(*) filter (metLate) as metLate,
           count(*) filter (status = 'expiring') as expiring,
           count(*) filter (status = 'due') as due,
           count(*) filter (status = 'overdue') as overdue,
           count(*) filter (status = 'exempt') as exempt,
           count(*) filter (status = 'paused') as paused,
           count(*) filter (status = 'unknown') as "unknown",
           count(*) filter (status not in ('exempt', 'paused')) as obliged,
           count(*) filter (status not in ('exempt', 'paused') and metOn is not null) as everMet
    from member
    group by all
)
select *  exclude (everMet),
       (met + expiring) / nullif(obliged, 0) as metShare,
       everMet,
       obliged - everMet as neverMet,
       met + expiring as "current",
       everMet / nullif(obliged, 0) as initialCoverage,
       (met + expiring) / nullif(everMet, 0) as refreshCoverage
from counted
order by requirementId, groupName nulls first;

-- What changed since the snapshot before: people are told apart by the population file's identifier, else by their key,
-- so that somebody whom LinkedIn knows from now on is the same person.
create table compliance_changes as
select coalesce(c.requirementId, e.requirementId) as requirementId,
       coalesce(c.requirementTitle, e.requirementTitle) as requirementTitle,
       coalesce(c.personKey, e.personKey) as personKey,
       coalesce(c.name, e.name) as name,
       coalesce(c.email, e.email) as email,
       e.status as statusBefore,
       c.status,
       before.run as snapshotBefore,
       d.definitionSha256 is distinct from r.definitionSha256 as definitionChanged
from compliance c
full join earlier_compliance e
    on e.requirementId = c.requirementId and coalesce(e.identifier, e.personKey) = coalesce(c.identifier, c.personKey)
cross join earlier_report before
left join earlier_requirement d on d.requirementId = coalesce(c.requirementId, e.requirementId)
left join requirement r on r.requirementId = coalesce(c.requirementId, e.requirementId)
where e.status is distinct from c.status
order by requirementId, personKey;

create table requirements as
select r.requirementId, r.title, r.owner, r.controls, r.definition,
       coalesce('population file ' || r.population, 'learners known to LinkedIn') as population,
       r.population is not null as populationIsComplete,
       coalesce(c.contents, 0) as contents, r.cycleStart, asOfDate, r.definitionSha256
from requirement r
cross join report
left join (
    select requirementId, count(*) as contents
    from requirement_content where contentKey in (select contentKey from content) group by requirementId
) c using (requirementId)
order by requirementId;

create table fulfilments as
select requirementId, definitionSha256, learnerKey, metOn, metBasis, contentKey,
       proofSnapshot, proofWindowStart, proofWindowEnd, proofFile, proofFileSha256, proofKey
from fulfilment
order by requirementId, learnerKey, metOn, contentKey;

drop table fulfilment;
