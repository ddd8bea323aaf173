"""Makes the answer from LinkedIn's answers (seed, "Troubleshooting" and "Outcomes by setup")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from learning_graph.linkedin.auth import CredentialPair, white_space_in
from learning_graph.linkedin.http import NoAnswer
from learning_graph.validation.check import Failure, PairFindings
from learning_graph.validation.contract import (
    Endpoint,
    KeyTypeResult,
    MayRead,
    PairLabel,
    PairResult,
    ProbeResult,
    ProblemFound,
    ValidateAnswer,
    problem,
)
from learning_graph.values.errors import (
    AccessDenied,
    AuthorizationLost,
    CredentialRefused,
    LearningGraphError,
    OutOfTime,
)
from learning_graph.values.steps import KeyType

KEY_TYPE_OF: Final[Mapping[Endpoint, KeyType]] = {
    "learningAssets": "Content",
    "learningClassifications": "Content",
    "learningActivityReports": "Report",
}
_STEPS_OF: Final[Mapping[KeyType, str]] = {"Content": "asset and classification", "Report": "users and activity"}
_STORED_WITHOUT: Final = "LinkedIn accepted it all the same, but a run refuses a stored value with white space around."
_NO_VERDICT: Final = "Nothing is known about the pair: call again."

Findings = Mapping[PairLabel, PairFindings]


def answer_of(
    checked: Literal["body", "secret"], pairs: Mapping[PairLabel, CredentialPair], findings: Findings, *, probed: bool
) -> ValidateAnswer:
    """Return the answer when every pair is valid.

    Raises:
        ProblemFound: 422 a pair is refused; else 502 LinkedIn is broken; else 504 LinkedIn does not answer.
    """
    results = tuple(_pair_result(label, pairs[label], found) for label, found in findings.items())
    key_types = tuple(_key_type_result(key_type, results) for key_type in ("Content", "Report")) if probed else ()
    details = {"pairs": results, "key_types": key_types}
    refused = [result.pair for result in results if result.valid is False]
    if refused:
        said = f"LinkedIn refused the {' and the '.join(refused)} pair."
        raise problem("pair-refused", "A credential pair is refused", 422, said, **details)
    unknown = list(_unknown(findings.values()))
    if broken := [failure for failure in unknown if not isinstance(failure, _TIMED_OUT)]:
        raise problem("linkedin-broken", "LinkedIn failed", 502, _joined(broken), **details)
    if unknown:
        raise timeout_problem(_joined(unknown), **details)
    return ValidateAnswer(checked=checked, pairs=results, key_types=key_types)


def timeout_problem(detail: str, **details: object) -> ProblemFound:
    """Make the problem for a check that did not end in time."""
    return problem("linkedin-timeout", "LinkedIn did not answer in time", 504, detail, **details)


_TIMED_OUT: Final = (NoAnswer, OutOfTime)


def _unknown(findings: Iterable[PairFindings]) -> Iterable[LearningGraphError]:
    for found in findings:
        for failure in (found.minting, *found.probes.values()):
            if failure is not None and not isinstance(failure, (CredentialRefused, AuthorizationLost, AccessDenied)):
                yield failure


def _joined(failures: Iterable[LearningGraphError]) -> str:
    return " ".join(f"{text}." for text in dict.fromkeys(str(failure) for failure in failures))


def _pair_result(label: PairLabel, pair: CredentialPair, found: PairFindings) -> PairResult:
    refusal = _refusal_in(found)
    error: str | None = None
    said: str | None = None
    resolution: str | None = (
        " ".join(part for part in (white_space_in(pair), _STORED_WITHOUT) if white_space_in(pair)) or None
    )
    valid: bool | None = True
    if refusal is not None:
        valid, said, resolution = False, str(refusal), refusal.resolution or None
        if isinstance(refusal, CredentialRefused):
            error, said = refusal.error or None, refusal.error_description
    elif found.minting is not None:
        valid, said, resolution = None, str(found.minting), _NO_VERDICT
    probes = tuple(_probe_result(endpoint, failure) for endpoint, failure in found.probes.items())
    return PairResult(
        pair=label,
        valid=valid,
        error=error,
        error_description=said,
        resolution=resolution,
        may_read=_may_read(probes),
        probes=probes,
    )


def _refusal_in(found: PairFindings) -> CredentialRefused | AuthorizationLost | None:
    failures = (found.minting, *found.probes.values())
    return next((one for one in failures if isinstance(one, (CredentialRefused, AuthorizationLost))), None)


def _probe_result(endpoint: Endpoint, failure: Failure) -> ProbeResult:
    allowed = True if failure is None else False if isinstance(failure, AccessDenied) else None
    detail = None if failure is None else str(failure)
    return ProbeResult(endpoint=endpoint, key_type=KEY_TYPE_OF[endpoint], allowed=allowed, detail=detail)


def _may_read(probes: tuple[ProbeResult, ...]) -> MayRead | None:
    return MayRead(Content=_all_allowed(probes, "Content"), Report=_all_allowed(probes, "Report")) if probes else None


def _all_allowed(probes: tuple[ProbeResult, ...], key_type: KeyType) -> bool | None:
    allowed = {probe.allowed for probe in probes if probe.key_type == key_type}
    return False if False in allowed else None if None in allowed else True


def _key_type_result(key_type: KeyType, results: tuple[PairResult, ...]) -> KeyTypeResult:
    """The pair of the same name is used for a key type, else the only one given (seed, "resolves credentials")."""
    result = next((one for one in results if one.pair == key_type.lower()), results[0])
    allowed = getattr(result.may_read, key_type) if result.may_read is not None else None
    resolution = None
    if allowed is False:
        resolution = (
            f"The {result.pair} pair does not authorize the {key_type} scope: "
            f"{_STEPS_OF[key_type]} steps would end with 403 Forbidden. {_resolution(key_type, results)}"
        )
    return KeyTypeResult(key_type=key_type, pair=result.pair, allowed=allowed, resolution=resolution)


def _resolution(key_type: KeyType, results: tuple[PairResult, ...]) -> str:
    """The resolution where a pair lacks its key type; the labels are mixed up where the other pair has it."""
    for result in results:
        if result.may_read is not None and getattr(result.may_read, key_type):
            return f"The {result.pair} pair does: give that one as the {key_type} pair."
    return f"Add a separate {key_type} key pair (or create a single combined application with both keys checked)."
