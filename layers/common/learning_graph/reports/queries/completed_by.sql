-- title: Who had completed a content by a date, as the snapshot of that time knew it
-- description: Answers "as of" with the newest snapshot that had begun by the end of that day. A completion without a date was by the last engagement at the latest, else by the end of the window.
-- parameter content (text): URN of the content, e.g. urn:li:lyndaCourse:2801020
-- parameter day (text): the date, e.g. 2026-03-31
-- parameter timeZone (text) = 'UTC': IANA time zone of the dates
with known as (
    select max(run) as run
    from snapshot_history
    where cast(from_unixtime(lookbackEnd / 1e3) at time zone :timeZone as date) <= cast(:day as date)
),
engagement as (
    select snapshot, _fromEntityKey, _toEntityKey, completed, completedOn, lastEngagedOn, lookbackEnd
    from linkedin_learning_user_assigned_course_history
    union all
    select snapshot, _fromEntityKey, _toEntityKey, completed, completedOn, lastEngagedOn, lookbackEnd
    from linkedin_learning_user_assigned_learning_path_history
    union all
    select snapshot, _fromEntityKey, _toEntityKey, completed, completedOn, lastEngagedOn, lookbackEnd
    from linkedin_learning_user_assigned_video_history
),
completion as (
    select k.run, e._fromEntityKey,
           cast(from_unixtime(coalesce(e.completedOn, e.lastEngagedOn, e.lookbackEnd) / 1e3) at time zone :timeZone as date) as day
    from known k
    join engagement e on e.snapshot = k.run
    where e._toEntityKey = :content and e.completed
)
select u.displayName as learner, element_at(u.email, 1) as email, c.day as completed, c.run as snapshot
from completion c
join linkedin_learning_user_history u on u.snapshot = c.run and u._key = c._fromEntityKey
where c.day <= cast(:day as date)
order by completed, learner, email
