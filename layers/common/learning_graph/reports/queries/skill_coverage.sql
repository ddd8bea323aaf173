-- title: Skill coverage
-- description: Learners of each group who completed content tagged with a skill, of at least five learners (covered by learning, not proficient).
-- parameter skill (text) = '': only this skill or topic; empty for all
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
tag as (
    select _fromEntityKey, _toEntityKey from linkedin_learning_course_has_classification
    union all
    select _fromEntityKey, _toEntityKey from linkedin_learning_learning_path_has_classification
    union all
    select _fromEntityKey, _toEntityKey from linkedin_learning_video_has_classification
),
member as (
    select u._key, g.groupName
    from linkedin_learning_user u
    cross join unnest(u.enterpriseGroupNames) as g (groupName)
),
group_size as (
    select groupName, count(*) as learners from member group by groupName having count(*) >= 5
)
select m.groupName, k.displayName as skill, k._key as skillUrn, z.learners,
       count(distinct m._key) as covered,
       round(cast(count(distinct m._key) as double) / z.learners, 3) as coverage
from engagement e
join member m on m._key = e._fromEntityKey
join group_size z on z.groupName = m.groupName
join tag t on t._fromEntityKey = e._toEntityKey
join linkedin_learning_classification k on k._key = t._toEntityKey
where e.completed and (:skill = '' or k.displayName = :skill)
group by m.groupName, k.displayName, k._key, z.learners
order by m.groupName, covered desc, skill, skillUrn
