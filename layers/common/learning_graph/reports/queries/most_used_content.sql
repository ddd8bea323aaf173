-- title: Most used content
-- description: Content by the number of learners who engaged with it, with its URN.
-- parameter rows (number) = 50: how many
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
select c._key as urn, c.displayName as title, c.assetType, c.level,
       count(distinct e._fromEntityKey) as learners,
       count(*) filter (where e.completed) as completions,
       sum(e.secondsViewed) as secondsViewed
from engagement e
join content c on c._key = e._toEntityKey
group by c._key, c.displayName, c.assetType, c.level
order by learners desc, completions desc, title, urn
limit :rows
