import base64

from odoo import http
from odoo.http import request


class Edi(http.Controller):
    """Keep the order as an exchange record, and let edi_queue_oca process it in a job."""

    @http.route(
        "/seam_bench/edi",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def receive(self):
        env = request.env(su=True)["bench.order"]._as_service().env
        backend = env["edi.backend"].search([("name", "=", "Benchmark")])
        record = backend.create_record(
            "bench_order",
            {
                "exchange_file": base64.b64encode(request.httprequest.get_data()),
                "edi_exchange_state": "input_received",
            },
        )
        record.action_exchange_process()
        return request.make_json_response({"id": record.identifier}, status=202)
