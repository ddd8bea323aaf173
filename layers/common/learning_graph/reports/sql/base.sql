-- The snapshot, with the names that reports use. `report` has one row: run, asOfDate, asOfEnd (the first instant after
-- that date), timeZone.
create macro local_date(instant) as
    cast(to_timestamp(instant / 1000.0) at time zone getvariable('time_zone') as date);

-- Addresses that LinkedIn's reports gave; JupiterOne takes not all of them for one.
create table learner as
select _key as learnerKey,
       displayName as name,
       coalesce(email[1], i.emails[1]) as email,
       list_distinct(coalesce(email, []) || coalesce(i.emails, [])) as emails,
       uniqueUserId,
       profileUrn,
       coalesce(enterpriseGroupNames, []) as groups
from linkedin_learning_user
left join (
    select learnerKey, list(email order by seenAt desc, email) filter (email is not null) as emails
    from learner_identities
    group by learnerKey
) i on i.learnerKey = _key;

create table content as
select _key as contentKey, displayName as title, assetType, level, durationSeconds, availability, isRetired, webLaunchUrl
from (
    select * from linkedin_learning_course
    union all by name
    select * from linkedin_learning_learning_path
    union all by name
    select * from linkedin_learning_video
);

create table tag as
select r._fromEntityKey as contentKey, c._key as tagKey, c.displayName as tagName, c.classificationType as tagType
from (
    select _fromEntityKey, _toEntityKey from linkedin_learning_course_has_classification
    union all
    select _fromEntityKey, _toEntityKey from linkedin_learning_learning_path_has_classification
    union all
    select _fromEntityKey, _toEntityKey from linkedin_learning_video_has_classification
) r
join linkedin_learning_classification c on c._key = r._toEntityKey;

-- What was known of an engagement on the date of the report: nothing of what began later, and no completion of later.
-- Progress and seconds are those of the snapshot, so they are known only of engagement that ended by then.
create table engagement as
select _fromEntityKey as learnerKey,
       _toEntityKey as contentKey,
       completed and coalesce(completedOn, lastEngagedOn, lookbackEnd) < asOfEnd as completed,
       case when completed then coalesce(completedOn, lastEngagedOn, lookbackEnd) end as completedOn,
       case when completedOn is not null then 'completedOn'
            when lastEngagedOn is not null then 'lastEngagedOn'
            else 'lookbackEnd' end as completedBasis,
       case when coalesce(lastEngagedOn, lookbackEnd) < asOfEnd then progressPercentage end as progressPercentage,
       case when coalesce(lastEngagedOn, lookbackEnd) < asOfEnd then secondsViewed end as secondsViewed,
       firstEngagedOn,
       coalesce(lastEngagedOn, lookbackEnd) as lastEngagedOn,
       case when lastEngagedOn is not null then 'lastEngagedOn' else 'lookbackEnd' end as engagedBasis,
       lookbackStart,
       lookbackEnd,
       _key as recordKey,
       f.key as file,
       f.sha256
from assigned
cross join report
join snapshot_file f using (path)
where coalesce(firstEngagedOn, completedOn, lookbackStart) < asOfEnd;
