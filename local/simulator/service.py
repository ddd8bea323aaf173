"""The API as a whole: from a request to an answer, without any web framework and without faults."""

from __future__ import annotations

import msgspec

from local.simulator import assets, classifications, errors, oauth, reports
from local.simulator.account import Account
from local.simulator.assumptions import Assumptions
from local.simulator.cache import Cache
from local.simulator.clock import Clock
from local.simulator.errors import ApiError
from local.simulator.exchange import Answer, Exchange, json_answer
from local.simulator.oauth import TokenError, TokenStore
from local.simulator.quota import Quotas

_KEPT_BYTES = 512 * 1024 * 1024
_KEYS = {
    "learningAssets": "content",
    "learningClassifications": "content",
    "learningActivityReports": "report",
}
_FINDERS = {
    "learningAssets": assets.FINDERS,
    "learningClassifications": classifications.FINDERS,
    "learningActivityReports": reports.FINDERS,
}


class LearningService:
    """Tokens and the three Learning resources of one account."""

    def __init__(
        self,
        account: Account,
        clock: Clock,
        tokens: TokenStore,
        quotas: Quotas,
        assumptions: Assumptions,
        *,
        strict: bool = False,
    ) -> None:
        self._account = account
        self._tokens = tokens
        self._quotas = quotas
        self._assumptions = assumptions
        self._strict = strict
        self.reports = reports.ReportResource(account, assumptions, clock)
        self._assets = assets.AssetResource(account, assumptions, self.reports.views_of)
        self._classifications = classifications.ClassificationResource(account, assumptions)
        self._pages: Cache[bytes] = Cache(_KEPT_BYTES, len)

    def serves(self, exchange: Exchange) -> bool:
        return exchange.path == oauth.PATH or (exchange.path.startswith("/v2/") and exchange.resource in _KEYS)

    def token(self, exchange: Exchange, body: bytes) -> Answer:
        """The token endpoint (§2)."""
        if exchange.method != "POST":
            return json_answer({"error": "invalid_request", "error_description": "Method not allowed"}, 405)
        try:
            return json_answer(self._tokens.mint(exchange.headers.get("Content-Type", ""), body))
        except TokenError as refused:
            return json_answer(refused.body, refused.status)

    def resource(self, exchange: Exchange) -> Answer:
        """One of the three read-only resources.

        Raises:
            ApiError: every refusal.
        """
        if exchange.method != "GET":
            raise errors.method_not_allowed(exchange.method)
        key = _KEYS[exchange.resource]
        client = self._tokens.check(exchange.headers.get("Authorization"), key, exchange.operation)
        self._quotas.count(client.id, exchange.resource)
        if self._strict and exchange.headers.get("X-Restli-Protocol-Version", "1.0.0") != "1.0.0":
            raise ApiError(400, "Parameters are not in the syntax of this protocol version")
        return Answer(200, self.page(exchange))

    def page(self, exchange: Exchange) -> bytes:
        """The body of a good request, without asking for a token; kept until something it shows changes."""
        stamp = (self._account.version, self._assumptions.version, self.reports.cut_off())
        return self._pages.get((exchange.raw_path, stamp), lambda: self._read(exchange))

    def _read(self, exchange: Exchange) -> bytes:
        query = exchange.query
        if exchange.item is None:
            query.choice("q", _FINDERS[exchange.resource])
            query.required("q")
            body = self._find(exchange)
        elif exchange.resource == "learningAssets":
            body = self._assets.get(exchange.item, query)
        elif exchange.resource == "learningClassifications":
            body = self._classifications.get(exchange.item, query)
        else:
            raise errors.not_found()
        if self._strict and query.unknown():
            raise errors.bad_parameter(query.unknown()[0])
        return body

    def _find(self, exchange: Exchange) -> bytes:
        if exchange.resource == "learningAssets":
            return self._assets.find(exchange.query)
        if exchange.resource == "learningClassifications":
            return self._classifications.find(exchange.query)
        return self.reports.find(exchange.query, strict=self._strict)


def error_answer(refused: ApiError, assumptions: Assumptions) -> Answer:
    """A refusal as the assumptions have it written (§7.1)."""
    kind = assumptions["error-bodies"]
    if kind == "empty":
        return Answer(refused.status, b"", headers=refused.headers)
    if kind == "html":
        page = f"<html><head><title>{refused.status}</title></head><body><h1>Error</h1></body></html>"
        return Answer(refused.status, page.encode(), "text/html", refused.headers)
    body = refused.body(with_service_code=assumptions["service-error-code"] == "present")
    return Answer(refused.status, msgspec.json.encode(body), headers=refused.headers)
