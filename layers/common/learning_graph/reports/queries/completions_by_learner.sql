-- title: Completions by learner
-- description: How many courses, learning paths and videos each learner has completed, and when last.
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
select u.displayName as learner,
       element_at(u.email, 1) as email,
       count(*) filter (where c.assetType = 'COURSE') as courses,
       count(*) filter (where c.assetType = 'LEARNING_PATH') as learningPaths,
       count(*) filter (where c.assetType = 'VIDEO') as videos,
       cast(from_unixtime(max(e.completedOn) / 1e3) at time zone :timeZone as date) as lastCompleted
from engagement e
join linkedin_learning_user u on u._key = e._fromEntityKey
join content c on c._key = e._toEntityKey
where e.completed
group by u._key, u.displayName, element_at(u.email, 1)
order by courses desc, videos desc, learner, email
