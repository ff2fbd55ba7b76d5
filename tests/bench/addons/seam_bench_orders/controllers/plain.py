from odoo import http
from odoo.http import request


class Plain(http.Controller):
    """A webhook as it is often written: take the JSON, enqueue a job, answer. It checks nobody's signature."""

    @http.route(
        "/seam_bench/orders",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def receive(self):
        order = request.httprequest.get_json()
        bench = request.env(su=True)["bench.order"]._as_service()
        job = bench.with_delay(channel="root.bench").process(order)
        return request.make_json_response({"id": job.uuid}, status=202)
