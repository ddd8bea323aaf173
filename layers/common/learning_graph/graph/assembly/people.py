"""Who is who: one user for a learner seen under profile URN, uniqueUserId or e-mail (design, "The graph"; ADR 0005).

A profile URN is LinkedIn's own identity: two of them are never one user. A row without one joins the only profile that
is known under its uniqueUserId, else the only one known under its e-mail; where several fit, none is guessed.
"""

from __future__ import annotations

import duckdb

_BASE_USER_COLUMNS = """
    record->>'$.profileUrn' as profile_urn, record->>'$.uniqueUserId' as unique_user_id,
    substr(key, length('linkedin_learning_user:') + 1) as identifier,
    -- A user without any other identifier has the e-mail in the key, even where JupiterOne would refuse the address.
    coalesce(record->>'$.email[0]', case when record->>'$.profileUrn' is null and record->>'$.uniqueUserId' is null
        then identifier end) as email,
    -- A learner without a name is shown by another identifier, which must not pass for a name later.
    case when (record->>'$.name') in (email, record->>'$.uniqueUserId', identifier, key) then null
         else record->>'$.name' end as name,
    cast(record->'$.enterpriseGroupNames' as varchar[]) as groups
"""

# `user_evidence` holds every way in which a learner was named, now (`seen_at`: the window's end) or in an earlier
# snapshot; those that are known from earlier only come first in time.
_EVIDENCE = f"""
create table user_evidence as
select profileUrn as profile_urn, uniqueUserId as unique_user_id, plain_case(email) as email_id, email, name, groups,
       window_end as seen_at
from report_rows
group by all
union all
select profile_urn, unique_user_id, plain_case(email), email, name, groups, -age
from (select key, age, {_BASE_USER_COLUMNS} from base_entity where type = 'linkedin_learning_user')
"""

_IDENTITIES = """
create table identity as
with named as (select distinct profile_urn, unique_user_id, email_id from user_evidence),
profile_of_id as (
    select unique_user_id, min(profile_urn) as profile_urn from named
    where profile_urn is not null and unique_user_id is not null
    group by unique_user_id having count(distinct profile_urn) = 1),
profile_of_email as (
    select email_id, min(profile_urn) as profile_urn from named
    where profile_urn is not null and email_id is not null
    group by email_id having count(distinct profile_urn) = 1),
profile_of_id_by_email as (
    select unique_user_id, min(by_email.profile_urn) as profile_urn
    from named join profile_of_email by_email using (email_id)
    where unique_user_id is not null
    group by unique_user_id having count(distinct by_email.profile_urn) = 1),
with_id as (
    select named.*, coalesce(
        named.profile_urn, by_id.profile_urn, by_its_email.profile_urn, 'linkedin_learning_user:' || unique_user_id
    ) as user_key
    from named
    left join profile_of_id by_id using (unique_user_id)
    left join profile_of_id_by_email by_its_email using (unique_user_id)),
user_of_email as (
    select email_id, min(user_key) as user_key from with_id
    where user_key is not null and email_id is not null
    group by email_id having count(distinct user_key) = 1)
select profile_urn, unique_user_id, email_id,
       coalesce(with_id.user_key, user_of_email.user_key, 'linkedin_learning_user:' || email_id) as user_key
from with_id left join user_of_email using (email_id)
"""

# The newest value of each attribute that any row gave; ties are settled by the value, so that order does not matter.
_USERS = """
create table user_now as
select user_key,
       newest(seen_at, evidence.profile_urn) as profile_urn, newest(seen_at, evidence.unique_user_id) as unique_user_id,
       newest(seen_at, email) as email, newest(seen_at, name) as name, newest(seen_at, groups) as groups,
       bool_or(seen_at > 0) as seen_now
from user_evidence evidence
join identity on identity.profile_urn is not distinct from evidence.profile_urn
             and identity.unique_user_id is not distinct from evidence.unique_user_id
             and identity.email_id is not distinct from evidence.email_id
group by user_key
"""

# An earlier snapshot's key of a user -> the key of the same person now.
_MOVED = f"""
create table moved_user as
select distinct base.key as old_key, identity.user_key
from (select key, {_BASE_USER_COLUMNS} from base_entity where type = 'linkedin_learning_user') base
join identity on identity.profile_urn is not distinct from base.profile_urn
             and identity.unique_user_id is not distinct from base.unique_user_id
             and identity.email_id is not distinct from plain_case(base.email)
"""


def resolve_people(db: duckdb.DuckDBPyConnection) -> None:
    """Make the tables `identity`, `user_now` and `moved_user` of the loaded rows and bases."""
    for statement in (_EVIDENCE, _IDENTITIES, _USERS, _MOVED):
        db.execute(statement)


def forget_unseen(db: duckdb.DuckDBPyConnection) -> None:
    """Forget users that were not seen in this run and have no engagement left (the retention limit)."""
    db.execute("delete from user_now where not seen_now and user_key not in (select user_key from assigned)")
