-- title: What changed since an earlier snapshot
-- description: Course completions that the earlier snapshot did not know, learners it did not know, and learners who are gone.
-- parameter earlier (text): run of the earlier snapshot, e.g. 20261114T160000Z-1c291ca3
-- parameter timeZone (text) = 'UTC': IANA time zone of the dates
select 'completed' as change, u.displayName as learner, element_at(u.email, 1) as email, c.displayName as title,
       cast(from_unixtime(now.completedOn / 1e3) at time zone :timeZone as date) as completed
from linkedin_learning_user_assigned_course now
join linkedin_learning_user u on u._key = now._fromEntityKey
join linkedin_learning_course c on c._key = now._toEntityKey
left join linkedin_learning_user_assigned_course_history before
    on before._key = now._key and before.snapshot = :earlier and before.completed
where now.completed and before._key is null
union all
select 'new learner', u.displayName, element_at(u.email, 1), null, null
from linkedin_learning_user u
left join linkedin_learning_user_history before on before._key = u._key and before.snapshot = :earlier
where before._key is null
union all
select 'learner gone', before.displayName, element_at(before.email, 1), null, null
from linkedin_learning_user_history before
left join linkedin_learning_user u on u._key = before._key
where before.snapshot = :earlier and u._key is null
order by change, learner, title
