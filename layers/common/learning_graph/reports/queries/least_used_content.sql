-- title: Least used content
-- description: Available courses and learning paths that fewest learners engaged with.
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
select c._key as urn, c.displayName as title, c.assetType, count(distinct e._fromEntityKey) as learners
from content c
left join engagement e on e._toEntityKey = c._key
where c.availability = 'AVAILABLE' and c.assetType <> 'VIDEO'
group by c._key, c.displayName, c.assetType
order by learners, title, urn
limit :rows
