-- title: Retired content still in use
-- description: Content that LinkedIn retired and learners engaged with in the last days, or have begun and not completed.
-- parameter days (number) = 90: how many days before the end of the snapshot's lookback
-- parameter timeZone (text) = 'UTC': IANA time zone of the dates
with engagement as (
    select _fromEntityKey, _toEntityKey, completed, completedOn, progressPercentage, secondsViewed, lastEngagedOn
    from linkedin_learning_user_assigned_course
    union all
    select _fromEntityKey, _toEntityKey, completed, completedOn, progressPercentage, secondsViewed, lastEngagedOn
    from linkedin_learning_user_assigned_learning_path
    union all
    select _fromEntityKey, _toEntityKey, completed, completedOn, progressPercentage, secondsViewed, lastEngagedOn
    from linkedin_learning_user_assigned_video
),
content as (
    select _key, displayName, assetType, level, durationSeconds, availability, isRetired from linkedin_learning_course
    union all
    select _key, displayName, assetType, level, durationSeconds, availability, isRetired from linkedin_learning_learning_path
    union all
    select _key, displayName, assetType, level, durationSeconds, availability, isRetired from linkedin_learning_video
)
select c._key as urn, c.displayName as title, c.assetType,
       count(distinct e._fromEntityKey) as learners,
       count(*) filter (where e.completed = false) as notCompleted,
       cast(from_unixtime(max(e.lastEngagedOn) / 1e3) at time zone :timeZone as date) as lastEngaged
from content c
join engagement e on e._toEntityKey = c._key
cross join (select max(lookbackEnd) as lookbackEnd from snapshot) s
where (c.isRetired or c.availability = 'RETIRED')
  and (e.lastEngagedOn >= s.lookbackEnd - :days * cast(86400000 as bigint) or e.completed = false)
group by c._key, c.displayName, c.assetType
order by learners desc, title, urn
