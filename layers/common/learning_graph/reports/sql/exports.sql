-- Rows for other products. Filled before: everything of compliance.sql.

-- Vanta's training API: one row per person and requirement, each with a uniqueId of its own, since a PUT replaces all of
-- the resource. Exempt and paused people are left out: Vanta would take them for incomplete.
create view vanta as
select case when status in ('met', 'expiring') then 'COMPLETE' else 'INCOMPLETE' end as status,
       coalesce(name, email) || ': ' || requirementTitle as displayName,
       requirementId || ':' || coalesce(identifier, personKey) as uniqueId,
       coalesce(webLaunchUrl, 'https://www.linkedin.com/learning/') as externalUrl,
       requirementId as trainingId,
       requirementTitle as trainingName,
       to_json(list_filter([
           case when list_bool_or(list_transform(controls, lambda c: starts_with(c, 'SOC 2'))) then 'SOC2' end,
           case when list_bool_or(list_transform(controls, lambda c: starts_with(c, 'ISO 27001'))) then 'ISO27001' end
       ], lambda framework: framework is not null))::varchar as frameworksFulfilled,
       coalesce(name, email) as traineeFullName,
       coalesce(uniqueUserId, email) as traineeAccountName,
       email as traineeEmail,
       utc_text(local_midnight(startDate)) as trainingCreatedTimestamp,
       utc_text(local_midnight(dueDate + 1) - interval 1 second) as trainingDueTimestamp,
       case when status in ('met', 'expiring') then utc_text(to_timestamp(metOn / 1000.0)) end as trainingCompletedTimestamp
from compliance
join requirements using (requirementId)
left join content using (contentKey)
where status not in ('exempt', 'paused') and email is not null;

-- xAPI 1.0.3: a statement per completion. Ids are UUIDs of version 5 of the relationship's key, so that a learning record
-- store that has a statement already refuses it a second time. xAPI allows no null: members without a value are left out.
-- Actors and objects are written once each, since a statement differs from the next in little.
create table xapi_actor as
select learnerKey,
       '{"objectType":"Agent"' || coalesce(',"name":' || to_json(name), '') || case
           when email is not null then ',"mbox":' || to_json('mailto:' || email)
           else ',"account":{"homePage":"https://www.linkedin.com/learning/","name":'
               || to_json(coalesce(uniqueUserId, profileUrn, learnerKey)) || '}'
       end || '}' as actor
from learner;

create table xapi_object as
select contentKey,
       '{"objectType":"Activity","id":' || to_json(contentKey) || ',"definition":{"type":' || case assetType
           when 'COURSE' then '"http://adlnet.gov/expapi/activities/course"'
           when 'VIDEO' then '"https://w3id.org/xapi/video/activity-type/video"'
           else '"http://id.tincanapi.com/activitytype/learning-path"'
       end || coalesce(',"name":{"und":' || to_json(title) || '}', '')
       || coalesce(',"moreInfo":' || to_json(webLaunchUrl), '') || '}}' as object
from content;

create view xapi as
select '{"id":"' || uuid_of(digest) || '","actor":' || actor
       || ',"verb":{"id":"http://adlnet.gov/expapi/verbs/completed","display":{"en-US":"completed"}},"object":' || object
       || ',"result":{"completion":true' || case when secondsViewed > 0 then ',"duration":"PT' || secondsViewed || 'S"' else '' end
       || '},"context":{"platform":"LinkedIn Learning"},"timestamp":"' || utc_text(to_timestamp(completedOn / 1000.0))
       || '","version":"1.0.3"}' as statement
from (select *, sha1_of(recordKey) as digest from engagement where completed)
join xapi_actor using (learnerKey)
join xapi_object using (contentKey);
