-- Skills of groups: covered by learning, never proficient. Filled before: skill_target, skill_settings.
create table member as
select unnest(groups) as groupName, learnerKey from learner;

create table group_size as
select groupName, count(*) as groupSize, count(*) < any_value(minimumGroupSize) as withheld
from member cross join skill_settings
group by groupName;

-- Per learner and tag: whether any content tagged so is completed, and when last.
create table learned as
select t.tagKey, e.learnerKey,
       bool_or(e.completed) as completed,
       local_date(max(e.completedOn) filter (e.completed)) as lastCompleted,
       sum(e.secondsViewed)::bigint as secondsViewed
from engagement e
join (select distinct contentKey, tagKey from tag) t using (contentKey)
where e.completed or coalesce(e.progressPercentage, 0) > 0 or coalesce(e.secondsViewed, 0) > 0
group by t.tagKey, e.learnerKey;

-- What is looked at: what requirements.yaml asks for (a name may mean several tags, or none), and beside it the 20 skills
-- and topics that most learners of a group have completed, from the minimum group size on.
create table looked_at as
select s.groupName, coalesce(t.tagName, s.skill) as skill, t.tagKey, true as asked, s.share, s.people, s.withinMonths,
       s.skill as name
from skill_target s
left join (select distinct tagKey, tagName from tag) t on t.tagKey = s.skill or lower(t.tagName) = lower(s.skill);

insert into looked_at
select groupName, tagName, tagKey, false, null, null, 12, tagKey
from (
    select m.groupName, t.tagKey, t.tagName, count(*) as covered
    from learned l
    join member m using (learnerKey)
    join (select distinct tagKey, tagName from tag where tagType in ('SKILL', 'TOPIC')) t using (tagKey)
    cross join skill_settings
    where l.completed
    group by m.groupName, t.tagKey, t.tagName
    having count(*) >= any_value(minimumGroupSize)
) found
where not exists (from looked_at a where a.groupName = found.groupName and a.tagKey = found.tagKey)
qualify row_number() over (partition by groupName order by covered desc, tagName, tagKey) <= 20;

create table learned_of_group as
select a.groupName, a.name, m.learnerKey,
       bool_or(l.completed) as completed, max(l.lastCompleted) as lastCompleted, sum(l.secondsViewed) as secondsViewed
from looked_at a
join learned l on l.tagKey = a.tagKey
join member m on m.groupName = a.groupName and m.learnerKey = l.learnerKey
group by a.groupName, a.name, m.learnerKey;

create table skill_figure as
select a.groupName, a.name, any_value(a.skill) as skill, min(a.tagKey) as skillKey, any_value(a.asked) as asked,
       any_value(a.withinMonths) as withinMonths,
       any_value(coalesce(a.share, case when not g.withheld and a.people is not null
           then least(1, a.people / g.groupSize) end)) as target,
       any_value(coalesce(a.people, ceil(round(a.share * g.groupSize, 9)))::bigint) as targetPeople,
       any_value(coalesce(g.groupSize, 0)) as groupSize,
       any_value(coalesce(g.withheld, true)) as withheld
from looked_at a
left join group_size g using (groupName)
group by a.groupName, a.name;

create table skill_count as
select f.groupName, f.name,
       count(*) filter (l.completed) as covered,
       count(*) filter (l.completed and l.lastCompleted > cast(asOfDate - to_months(f.withinMonths) as date)) as coveredRecently,
       count(*) as engaged,
       median(l.secondsViewed) filter (l.completed) as medianSeconds
from skill_figure f
cross join report
join learned_of_group l on l.groupName = f.groupName and l.name = f.name
group by f.groupName, f.name;

create table skills as
with figures as (
    select f.* replace (case when withheld then null else groupSize end as groupSize),
           case when not withheld then coalesce(c.covered, 0) end as covered,
           case when not withheld then coalesce(c.coveredRecently, 0) end as coveredRecently,
           case when not withheld then coalesce(c.engaged, 0) end as engaged,
           case when not withheld then c.medianSeconds end as medianSeconds
    from skill_figure f
    left join skill_count c using (groupName, name)
)
select groupName, skill, skillKey, asked, groupSize,
       covered, covered / groupSize as coverage,
       coveredRecently, coveredRecently / groupSize as recentCoverage, withinMonths,
       engaged, engaged / groupSize as engagedShare,
       target,
       -- greatest() leaves nulls out, and without a target or with figures withheld there is no gap to tell.
       case when asked and not withheld then greatest(0, target - covered / groupSize) end as gap,
       case when asked and not withheld then greatest(0, targetPeople - covered) end as peopleToTrain,
       case when asked and not withheld then greatest(0, target - coveredRecently / groupSize) end as recentGap,
       case when asked and not withheld then greatest(0, targetPeople - coveredRecently) end as peopleToTrainRecently,
       medianSeconds, withheld, name
from figures
order by groupName, skill;

-- For each gap the available content that would close it: the 20 most used of the account.
create table content_use as
select contentKey, count(distinct learnerKey) as learners from engagement group by contentKey;

create table skill_contents as
with closing as (
    select distinct s.groupName, s.skill, s.name, c.contentKey
    from skills s
    join looked_at a on a.groupName = s.groupName and a.name = s.name
    join tag c on c.tagKey = a.tagKey
    where s.asked and s.gap > 0
),
started as (
    select k.groupName, k.name, k.contentKey, count(*) as started, list_sort(list(l.name)) as startedBy
    from closing k
    join engagement e on e.contentKey = k.contentKey
    join member m on m.groupName = k.groupName and m.learnerKey = e.learnerKey
    join learner l on l.learnerKey = e.learnerKey
    left join learned_of_group done
        on done.groupName = k.groupName and done.name = k.name and done.learnerKey = e.learnerKey
    where not e.completed and not coalesce(done.completed, false)
      and (coalesce(e.progressPercentage, 0) > 0 or coalesce(e.secondsViewed, 0) > 0)
    group by k.groupName, k.name, k.contentKey
)
select k.groupName, k.skill,
       row_number() over (partition by k.groupName, k.name order by coalesce(u.learners, 0) desc, c.title, c.contentKey) as rank,
       c.contentKey, c.title as contentTitle, c.assetType, c.level, c.durationSeconds, c.webLaunchUrl,
       coalesce(u.learners, 0) as learners, coalesce(s.started, 0) as started, coalesce(s.startedBy, []) as startedBy
from closing k
join content c using (contentKey)
left join content_use u using (contentKey)
left join started s using (groupName, name, contentKey)
where c.availability = 'AVAILABLE' and not coalesce(c.isRetired, false)
qualify rank <= 20
order by groupName, skill, rank;
