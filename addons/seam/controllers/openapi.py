import json

from odoo import http
from odoo.http import request

from ..engine import openapi
from .caller import bearer_token, calling_system, unauthorized
from .intake import Refused
from .problem import answer, problem

OPEN = ("active", "paused", "blocked")


class OpenApi(http.Controller):
    """The interface as partners and viewers may see it."""

    @http.route(
        "/seam/v1/openapi.json",
        type="http",
        auth="public",
        methods=["GET"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def openapi(self):
        try:
            flows = self._flows()
        except Refused as refused:
            return problem(refused.status, refused.detail, headers=refused.headers)
        described = openapi.document(map(interface, flows), flows[:1].get_base_url())
        return answer(described, headers={"Cache-Control": "private, no-cache"})

    def _flows(self):
        """:return: open incoming flows: a key shows its own system's, a user all he may see
        :raise Refused: 401 for nobody, 403 for a user who may see none
        """
        domain = [
            ("direction", "=", "in"),
            ("state", "in", OPEN),
            ("system_id.state", "=", "active"),
            ("system_id.active", "=", True),
        ]
        if bearer_token():
            system = calling_system()
            return system.flow_ids.filtered_domain(domain)
        user = request.env.user
        if user._is_public():
            raise unauthorized("Send an API key as “Authorization: Bearer <key>”, or log in.")
        if not user.has_group("seam.group_seam_viewer"):
            raise Refused(403, "Ask an administrator for the right to see integrations.")
        flows = request.env["seam.flow"].with_context(allowed_company_ids=user.company_ids.ids)
        return flows.search(domain)


def interface(flow):
    """:return: FlowInterface of a ``seam.flow``"""
    system = flow.system_id
    speaks_ours = system.connector == "api"
    version = flow.contract_version_id
    if not version and speaks_ours:
        version = flow.env[flow.handler]._contract_version()
    named = version and f"{version.contract_id.name}-{version.version}"
    return openapi.FlowInterface(
        system=system.code,
        code=flow.code,
        title=flow.name,
        contract=named or "",
        schema=json.loads(version.text) if version else None,
        signed=speaks_ours,
        sunset=version.sunset_date.isoformat() if version and version.sunset_date else "",
        max_bytes=system.max_bytes,
        rate_limit=system.rate_limit,
    )
