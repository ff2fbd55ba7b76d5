import json

from odoo import api, models


class BenchEdiProcess(models.AbstractModel):
    _name = "bench.edi.process"
    _inherit = "edi.oca.handler.process"
    _description = "Benchmark: orders by EDI"

    @api.model
    def _set_up(self):
        """One backend and one exchange type, whose jobs run beside those of rival 1."""
        kind = self.env["edi.backend.type"].create({"name": "Benchmark", "code": "bench"})
        backend = self.env["edi.backend"].create({"name": "Benchmark", "backend_type_id": kind.id})
        self.env["edi.exchange.type"].create(
            {
                "name": "Order",
                "code": "bench_order",
                "direction": "input",
                "backend_id": backend.id,
                "backend_type_id": kind.id,
                "process_model_id": self.env["ir.model"]._get(self._name).id,
                "job_channel_id": self.env.ref("seam_bench.channel_bench").id,
            }
        )

    def process(self, exchange_record):
        data = json.loads(exchange_record._get_file_content())
        order = self.env["bench.order"]._make(data)
        exchange_record._set_related_record(order)
        return str(order.id)
