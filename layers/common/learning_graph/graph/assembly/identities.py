"""Resolves identities: one user for a learner seen under profile URN, uniqueUserId or e-mail (ADR 0005).

A profile URN is LinkedIn's own identity: two of them are never one user. A row without one joins the only profile that
has its uniqueUserId, else the only one that has its e-mail; where several match, it joins none. A row of an earlier
snapshot stays with the profile that it had joined, though the identifier has been given to somebody else since.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from learning_graph.graph.assembly.database import COMPARABLE, drop
from learning_graph.graph.text import EMAIL_PATTERN, LONGEST_TEXT
from learning_graph.model import schema
from learning_graph.model.keys import USER_PREFIX
from learning_graph.values.sql import quoted

IsErased = Callable[[str, str, str], bool]

IDENTIFIERS = "profile_urn_id, unique_user_id_id, email_id"
_KNOWN = f"""
create table learner_known as
select learnerKey as old_key, seenAt as seen_at, profileUrn, uniqueUserId, email, name, groups, {COMPARABLE}
from base_learner_identities
"""

# One row for each combination of identifiers, now or in an earlier snapshot, with the newest of each value.
_NAMED = f"""
create table named as
select {IDENTIFIERS}, max(seen_at) as seen_at, bool_or(seen_now) as seen_now,
       newest((seen_at, seen_now), profileUrn) as profileUrn,
       newest((seen_at, seen_now), uniqueUserId) as uniqueUserId, newest((seen_at, seen_now), email) as email,
       newest((seen_at, seen_now), name) as name, newest((seen_at, seen_now), groups) as groups,
       newest(seen_at, old_key) as old_key
from (
    select {IDENTIFIERS}, seen_at, true as seen_now, profileUrn, uniqueUserId, email, name, groups, null as old_key
    from learner
    union all
    select {IDENTIFIERS}, seen_at, false, profileUrn, uniqueUserId, email, name, groups, old_key from learner_known)
group by {IDENTIFIERS}
"""

_IDENTITIES = f"""
create table identity as
with profile_of_id as (
    select unique_user_id_id, min(profile_urn_id) as profile from named
    where profile_urn_id <> '' and unique_user_id_id <> ''
    group by unique_user_id_id having count(distinct profile_urn_id) = 1),
profile_of_email as (
    select email_id, min(profile_urn_id) as profile from named
    where profile_urn_id <> '' and email_id <> ''
    group by email_id having count(distinct profile_urn_id) = 1),
profile_of_id_by_email as (
    select unique_user_id_id, min(profile) as profile
    from named join profile_of_email using (email_id)
    where unique_user_id_id <> ''
    group by unique_user_id_id having count(distinct profile) = 1),
profile as (select distinct profile_urn_id as profile from named where profile_urn_id <> ''),
with_id as (
    select named.*, joined.profile as joined, coalesce(
        nullif(profile_urn_id, ''), by_id.profile, by_its_email.profile,
        case when unique_user_id_id <> ''
             then coalesce(joined.profile, '{USER_PREFIX}' || unique_user_id_id) end) as key
    from named
    left join profile joined on joined.profile = old_key and not seen_now
    left join profile_of_id by_id using (unique_user_id_id)
    left join profile_of_id_by_email by_its_email using (unique_user_id_id)),
key_of_email as (
    select email_id, min(key) as key from with_id
    where key is not null and email_id <> ''
    group by email_id having count(distinct key) = 1)
select with_id.* exclude (key, joined, old_key),
       coalesce(with_id.key, key_of_email.key, joined, '{USER_PREFIX}' || email_id) as user_key,
       row_number() over (order by {IDENTIFIERS}) as identity
from with_id left join key_of_email using (email_id)
"""

_PEOPLE = """
create table person as
select user_key, row_number() over (order by user_key) as person,
       newest((seen_at, seen_now), profileUrn) as profile_urn,
       newest((seen_at, seen_now), uniqueUserId) as unique_user_id, newest((seen_at, seen_now), email) as email,
       newest((seen_at, seen_now), name) as name, newest((seen_at, seen_now), groups) as groups,
       bool_or(seen_now) as seen_now
from identity group by user_key
"""

_PERSON_OF = f"""
create table person_of_learner as
select learner.part, learner.learner, identity.identity, person.person
from learner join identity using ({IDENTIFIERS}) join person using (user_key)
"""

# An earlier snapshot's key of a user -> the person who has that key now, else the one who has its identities.
_PERSON_OF_KEY = f"""
create table person_of_key as
select old_key, coalesce(min(person) filter (where user_key = old_key), min(person)) as person
from learner_known join identity using ({IDENTIFIERS}) join person using (user_key)
group by old_key
"""

# A learner without attributes has `{}` (API reference §6.6); of two rows of one window, the one with some is used.
_ATTRIBUTES = """
create table person_attribute as
with now as (
    select person, newest((learner.seen_at, attributes::varchar <> '{}'), attributes)::map(varchar, json) as attributes
    from learner join person_of_learner using (part, learner)
    where attributes is not null group by person),
known as (
    select person_of_key.person, attribute, value
    from base_learner_attributes join person_of_key on old_key = learnerKey
    where person not in (select person from now)
    qualify age = min(age) over (partition by person))
select * from (
    select person, attribute,
           unnest(case json_type(given) when 'ARRAY' then given::varchar[] else [given ->> '$'] end) as value
    from (select person, unnest(map_keys(attributes)) as attribute, unnest(map_values(attributes)) as given from now))
where value <> ''
union
select person, attribute, value from known
"""


def read_people(db: duckdb.DuckDBPyConnection, is_erased: IsErased | None) -> None:
    """Make the table `learner_known` of the loaded bases; leave erased learners out of it and of `learner`.

    Args:
        db: holds `learner` and `base_learner_identities`.
        is_erased: called with comparable profile URN, uniqueUserId and e-mail; None where nobody was erased.
    """
    db.execute(_KNOWN)
    if is_erased is None:
        return
    named = db.execute(f"select {IDENTIFIERS} from learner union select {IDENTIFIERS} from learner_known").fetchall()
    db.execute("create table erased (profile_urn_id varchar, unique_user_id_id varchar, email_id varchar)")
    if erased := [identifiers for identifiers in named if is_erased(*identifiers)]:
        db.executemany("insert into erased values (?, ?, ?)", erased)
        db.execute(f"delete from learner where ({IDENTIFIERS}) in (from erased)")
        # A person with one erased identity is erased under all the others.
        db.execute(
            "delete from learner_known where old_key in"
            f" (select old_key from learner_known where ({IDENTIFIERS}) in (from erased))"
        )


def resolve_people(db: duckdb.DuckDBPyConnection) -> None:
    """Make the tables `identity`, `person`, `person_of_learner`, `person_of_key` and `person_attribute`."""
    db.execute(_NAMED)
    resolve_identities(db)
    for statement in (_PEOPLE, _PERSON_OF, _PERSON_OF_KEY, _ATTRIBUTES):
        db.execute(statement)
    drop(db, "learner", "learner_known", "named")


def resolve_identities(db: duckdb.DuckDBPyConnection) -> None:
    """Make the table `identity` of the table `named`: the key of the user for each combination of identifiers.

    Args:
        db: `named` has the columns `profile_urn_id`, `unique_user_id_id` and `email_id`, empty where there is none,
            `seen_now` and, for a row that is not seen now, `old_key`: its key in an earlier snapshot.
    """
    db.execute(_IDENTITIES)


def forget_unseen(db: duckdb.DuckDBPyConnection) -> None:
    """Forget people who were not seen in this run and have no engagement left (the retention limit)."""
    db.execute("delete from person where not seen_now and person not in (select person from assigned)")
    db.execute("delete from identity where user_key not in (select user_key from person)")


def create_views(db: duckdb.DuckDBPyConnection) -> None:
    """Make views of the User entities and of the tables about learners, with the columns of the model."""
    db.execute(
        f"""
        create view entity_{schema.USER} as
        with addressed as (
            select *, case when regexp_full_match(email, {quoted(EMAIL_PATTERN)}) then email end as address
            from person),
        shown as (
            select *, left(coalesce(name, address, unique_user_id,
                case when starts_with(user_key, '{USER_PREFIX}') then substr(user_key, {len(USER_PREFIX) + 1})
                     else user_key end), {LONGEST_TEXT}) as shown_name
            from addressed)
        select user_key as "_key", shown_name as name, shown_name as "displayName",
               case when address is not null then [address] end as email,
               case when address is not null then [lower(regexp_extract(address, '@([^@]*)$', 1))] end
                   as "emailDomain",
               groups as "enterpriseGroupNames", null as "firstName",
               coalesce(profile_urn, unique_user_id, user_key) as id,
               null as "lastName", profile_urn as "profileUrn", null as "shortLoginId",
               unique_user_id as "uniqueUserId",
               case when coalesce(unique_user_id, address) is not null then [coalesce(unique_user_id, address)] end
                   as username
        from shown
        """
    )
    db.execute(
        """
        create view table_learner_attributes as
        select user_key as "learnerKey", attribute, value from person_attribute join person using (person)
        """
    )
    db.execute(
        """
        create view table_learner_identities as
        select user_key as "learnerKey", profileUrn, uniqueUserId, email,
               nullif(profile_urn_id, '') as comparableProfileUrn,
               nullif(unique_user_id_id, '') as comparableUniqueUserId, nullif(email_id, '') as comparableEmail,
               name, groups, seen_at as "seenAt"
        from identity
        """
    )
