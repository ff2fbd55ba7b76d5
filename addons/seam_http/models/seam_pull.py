import hashlib

from odoo import models


class SeamPull(models.Model):
    _inherit = "seam.pull"

    def _store_page(self, conf, step, page, arrivals, verdicts):
        if conf.connector == "seam.connector.http":
            arrivals = self._told_apart(conf, arrivals, verdicts)
        return super()._store_page(conf, step, page, arrivals, verdicts)

    def _told_apart(self, conf, arrivals, verdicts):
        """Know a record that is back in an earlier state for a change.

        By its content alone A, B, A would end at B: the second A would be taken for a
        repetition of the first. So the key of what differs from the last message of its
        record names that message.
        """
        keys = {verdict.identity.key for verdict in verdicts if verdict.identity.key}
        last = self._last_messages(conf, keys)
        told = []
        for arrival, verdict in zip(arrivals, verdicts, strict=True):
            before = last.get(verdict.identity.key)
            if before and before["body_hash"] == self._body_hash(arrival.body):
                arrival = arrival._replace(key=before["key"])
            elif before:
                arrival = arrival._replace(key=f"{arrival.key}:{before['id']}")
            told.append(arrival)
        return told

    def _last_messages(self, conf, keys):
        """:return: dict ordering key → id, key and body_hash of the last message"""
        if not keys:
            return {}
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (ordering_key) ordering_key, id, key, body_hash
              FROM seam_message
             WHERE flow_id = %s AND ordering_key = ANY(%s) AND parent_id IS NULL
               AND replaces_id IS NULL
             ORDER BY ordering_key, position DESC, id DESC
            """,
            [conf.id, list(keys)],
        )
        return {row["ordering_key"]: row for row in self.env.cr.dictfetchall()}

    @staticmethod
    def _body_hash(body):
        return hashlib.sha256(body).hexdigest()
