-- title: Who had completed a content by a date, as the snapshot of that time knew it
-- description: Answers "as of" with the newest snapshot that had begun by the end of that day.
-- parameter content (text): URN of the content, e.g. urn:li:lyndaCourse:2801020
-- parameter day (text): the date, e.g. 2026-03-31
-- parameter timeZone (text) = 'UTC': IANA time zone of the dates
with known as (
    select max(run) as run
    from snapshot_history
    where cast(from_unixtime(lookbackEnd / 1e3) at time zone :timeZone as date) <= cast(:day as date)
)
select u.displayName as learner, element_at(u.email, 1) as email,
       cast(from_unixtime(e.completedOn / 1e3) at time zone :timeZone as date) as completed,
       k.run as snapshot
from known k
join linkedin_learning_user_assigned_course_history e on e.snapshot = k.run
join linkedin_learning_user_history u on u.snapshot = k.run and u._key = e._fromEntityKey
where e._toEntityKey = :content
  and e.completed
  and cast(from_unixtime(e.completedOn / 1e3) at time zone :timeZone as date) <= cast(:day as date)
order by completed, learner, email
