"""A system that is committed, for what several workers do at the same time."""

from concurrent.futures import ThreadPoolExecutor

from odoo import SUPERUSER_ID, api


class CommittedSystem:
    """Mix into a TransactionCase: ``self.system_id`` is there for every connection.

    ``values`` are further values of the system. All that belongs to it is removed after.
    """

    values = {}

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            self.system_id = self.own(cr)["seam.system"].create(self.system_values()).id
        self.addCleanup(self.remove)

    def system_values(self):
        return {"name": "Committed", "code": f"committed-{id(self)}", **self.values}

    def remove(self):
        with self.registry.cursor() as cr:
            env = self.own(cr)
            system = env["seam.system"].browse(self.system_id)
            system.message_ids.unlink()
            system.unlink()

    @staticmethod
    def own(cr):
        return api.Environment(cr, SUPERUSER_ID, {})

    def beside(self, workers, work):
        """Do ``work(env)`` in so many threads, each on connections of its own.

        :return: list of what they return
        """

        def run(_number):
            with self.registry.cursor() as cr:
                return work(self.own(cr))

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(run, range(workers)))
