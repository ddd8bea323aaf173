-- title: Learners without engagement
-- description: Learners without any engagement in the last days before the end of the snapshot's lookback.
-- parameter days (number) = 90: how many days
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
last_engagement as (
    select _fromEntityKey, max(lastEngagedOn) as lastEngagedOn from engagement group by _fromEntityKey
)
select u.displayName as learner,
       element_at(u.email, 1) as email,
       array_join(u.enterpriseGroupNames, '; ') as groupNames,
       cast(from_unixtime(e.lastEngagedOn / 1e3) at time zone :timeZone as date) as lastEngaged
from linkedin_learning_user u
cross join (select max(lookbackEnd) as lookbackEnd from snapshot) s
left join last_engagement e on e._fromEntityKey = u._key
where e.lastEngagedOn is null or e.lastEngagedOn < s.lookbackEnd - :days * cast(86400000 as bigint)
order by lastEngaged, learner, email
