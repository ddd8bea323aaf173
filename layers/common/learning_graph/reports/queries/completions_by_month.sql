-- title: Completions by month
-- description: Completions and learners per calendar month.
-- parameter timeZone (text) = 'UTC': IANA time zone that decides in which month a completion lies
with engagement as (
    select _fromEntityKey, _toEntityKey, completed, completedOn, progressPercentage, secondsViewed, lastEngagedOn
    from linkedin_learning_user_assigned_course
    union all
    select _fromEntityKey, _toEntityKey, completed, completedOn, progressPercentage, secondsViewed, lastEngagedOn
    from linkedin_learning_user_assigned_learning_path
    union all
    select _fromEntityKey, _toEntityKey, completed, completedOn, progressPercentage, secondsViewed, lastEngagedOn
    from linkedin_learning_user_assigned_video
)
select cast(date_trunc('month', cast(from_unixtime(completedOn / 1e3) at time zone :timeZone as date)) as date) as firstDay,
       count(*) as completions,
       count(distinct _fromEntityKey) as learners
from engagement
where completed and completedOn is not null
group by 1
order by 1
