-- title: Engagement without completion
-- description: Who has begun content and not completed it, the furthest first.
-- parameter minimumProgress (number) = 1: per cent
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
select u.displayName as learner, element_at(u.email, 1) as email, c.displayName as title, c.assetType, c._key as urn,
       e.progressPercentage, e.secondsViewed,
       cast(from_unixtime(e.lastEngagedOn / 1e3) at time zone :timeZone as date) as lastEngaged
from engagement e
join linkedin_learning_user u on u._key = e._fromEntityKey
join content c on c._key = e._toEntityKey
where e.completed = false and coalesce(e.progressPercentage, 0) >= :minimumProgress
order by e.progressPercentage desc, learner, title, urn
