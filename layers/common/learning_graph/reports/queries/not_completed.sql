-- title: Who has not completed a content
-- description: Every learner who has not completed the content, with the progress so far.
-- parameter content (text): URN of the content, e.g. urn:li:lyndaCourse:2801020
-- parameter group (text) = '': only this group; empty for everybody
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
select u.displayName as learner,
       element_at(u.email, 1) as email,
       array_join(u.enterpriseGroupNames, '; ') as groupNames,
       coalesce(e.progressPercentage, 0) as progressPercentage,
       e._fromEntityKey is not null as started
from linkedin_learning_user u
left join engagement e on e._fromEntityKey = u._key and e._toEntityKey = :content
where coalesce(e.completed, false) = false
  and (:group = '' or contains(u.enterpriseGroupNames, :group))
order by learner, email
