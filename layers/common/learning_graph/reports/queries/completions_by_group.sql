-- title: Completions by group
-- description: How many learners each group has, how many of them completed something, and how much. Learners of several groups count in each.
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
member as (
    select u._key, g.groupName
    from linkedin_learning_user u
    cross join unnest(u.enterpriseGroupNames) as g (groupName)
)
select m.groupName,
       count(distinct m._key) as learners,
       count(distinct e._fromEntityKey) as learnersWithCompletions,
       count(e._fromEntityKey) as completions
from member m
left join engagement e on e._fromEntityKey = m._key and e.completed
group by m.groupName
order by completions desc, m.groupName
