from odoo import http
from odoo.http import request


class Bare(http.Controller):
    """The least a route can do that keeps what came: one INSERT, committed."""

    @http.route(
        "/seam_bench/bare",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def store(self):
        request.env.cr.execute(
            "INSERT INTO seam_bench (body) VALUES (%s) RETURNING id",
            [request.httprequest.get_data()],
        )
        (id_,) = request.env.cr.fetchone()
        return request.make_json_response({"id": id_}, status=202)
