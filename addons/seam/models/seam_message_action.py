import difflib

from psycopg2.extras import Json

from odoo import api, models
from odoo.exceptions import UserError

from ..engine import trace
from ..engine.fault import CODES
from .letter import Identity
from .seam_message_intake import Arrival, Verdict


class SeamMessageAction(models.Model):
    """What people do with a message. Each act keeps who, when and why.

    Every act names the states from which it may happen and lets PostgreSQL decide:
    of two people, or a person and a worker, exactly one gets the message.
    """

    _inherit = "seam.message"

    def _move(self, sources, target, name, reason, **columns):
        """Compare and swap the state, and write the event line.

        :param sources: states from which the act is allowed
        :param columns: further columns to set, with SQL-ready values
        :raise UserError: one of the messages is in another state by now
        """
        self.check_access("read")
        self.env["seam.message.event"].check_access("create")
        settled = target in ("discarded", "replaced", "done")
        values = {
            "state": target,
            "state_reason": reason,
            "next_try_at": None,
            "settled_at": self.env.cr.now() if settled else None,
            **columns,
        }
        self.env.cr.execute(
            f"""
            UPDATE seam_message SET {", ".join(f"{column} = %s" for column in values)}
             WHERE id = ANY(%s) AND state IN %s
            RETURNING id, exception_id
            """,
            [*values.values(), self.ids, tuple(sources)],
        )
        rows = self.env.cr.fetchall()
        if len(rows) != len(self):
            raise UserError(
                self.env._(
                    "%s of these messages changed in the meantime. Reload the page "
                    "and look again; nothing was done.",
                    len(self) - len(rows),
                )
            )
        self._log(
            [
                {
                    "message_id": id_,
                    "name": name,
                    "state": target,
                    "user_id": self.env.uid,
                    "reason": reason,
                }
                for id_, _exception in rows
            ]
        )
        self.invalidate_recordset(flush=False)
        return self.env["seam.exception"].sudo().browse({e for _id, e in rows if e})

    def _after_commit(self, cases=()):
        """Once this is committed: release followers, close ``cases``, wake the lanes."""
        lanes, ids, message_model = set(self.flow_id.mapped("queue")), self.ids, self.browse()
        case_ids = [case.id for case in cases]

        def wake():
            message_model._release(ids)
            message_model.env["seam.exception"]._close_settled(case_ids)
            message_model.env["seam.lane"]._wake(lanes)

        self.env.cr.postcommit.add(wake)

    def action_retry(self):
        return self._retry(self.env._("Retried by hand."))

    def _retry(self, reason):
        """Try again, from the first step of the retry schedule."""
        if not self:
            return
        self.check_access("read")
        self.filtered(lambda m: m.predecessor_id)._refuse_jump()
        stale = self.filtered(lambda m: m._is_built_again())
        stale._build_again(reason)
        self = self - stale
        if not self:
            return
        self._move(
            ("failed", "waiting"),
            "pending",
            self.env._("Retried"),
            reason,
            tries=0,
            crashes=0,
        )
        self._after_commit()

    def _refuse_jump(self):
        if self:
            raise UserError(
                self.env._(
                    "%(message)s waits for %(earlier)s. Resolve that one first.",
                    message=self[0].display_name,
                    earlier=self[0].predecessor_id.display_name,
                )
            )

    def action_open_discard(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Discard"),
            "res_model": "seam.discard.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_message_ids": self.ids},
        }

    def _discard(self, reason):
        """Put the messages away for good; nothing of them is applied."""
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept."))
        cases = self._move(
            ("failed", "waiting", "pending"),
            "discarded",
            self.env._("Discarded"),
            reason,
            predecessor_id=None,
        )
        self._after_commit(cases)

    def action_open_edit(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Edit and resubmit"),
            "res_model": "seam.edit.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_message_id": self.id},
        }

    def _edit(self, text, reason):
        """Resubmit a corrected body as a new message in place of this one.

        :param text: the corrected body
        :param reason: why; kept with the difference
        :return: the new message
        """
        return self._resubmit(text, reason)

    def _resubmit(self, text, reason):
        """As ``_edit``, for whoever has checked what the user may change."""
        self.ensure_one()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept."))
        if self.body_text == text:
            raise UserError(self.env._("Nothing was changed."))
        difference = "\n".join(
            difflib.unified_diff(
                (self.body_text or "").splitlines(), text.splitlines(), lineterm="", n=2
            )
        )
        cases = self._move(("failed",), "replaced", self.env._("Replaced"), reason)
        edited = self._store_edited(text)
        self._log(
            [
                {
                    "message_id": edited.id,
                    "name": self.env._("Edited and resubmitted"),
                    "state": edited.state,
                    "user_id": self.env.uid,
                    "reason": reason,
                    "data": Json({"difference": difference}),
                }
            ]
        )
        (self | edited)._after_commit(cases)
        return edited

    def _store_edited(self, text):
        """Store the new message in the old one's place, and link the two."""
        conf = self.env["seam.flow"]._conf_by_id(self.flow_id.id)
        outgoing = {}
        if self.direction == "out":
            names = ("ordering_key", "correlation", "label", "res_model", "res_id")
            outgoing = {name: self[name] or None for name in names}
        context = trace.from_headers({"traceparent": self.traceparent or ""})
        arrival = Arrival(
            key=f"{self.key[:200]}~{self.uuid}",
            topic=self.topic or "",
            body=text.encode(),
            content_type="application/json",
            headers=self.headers or {},
            trace_id=self.trace_id or context.trace_id,
            traceparent=context.child().traceparent(),
        )
        (receipt,) = self._store(
            conf,
            [arrival],
            [self._judge(conf, arrival)],
            replaces_id=self.id,
            parent_id=self.parent_id.id or None,
            **outgoing,
        )
        self._take_place([(self.id, receipt.id)])
        self.invalidate_recordset(flush=False)
        return self.browse(receipt.id)

    @api.model
    def _take_place(self, pairs):
        """Put new messages where those stood which they replace.

        :param pairs: list of (old id, new id)
        """
        self.env.cr.execute_values(
            """
            WITH pair (old, new) AS (VALUES %s),
            moved AS (
                UPDATE seam_message n SET position = o.position, replaces_id = o.id
                  FROM seam_message o, pair WHERE o.id = pair.old AND n.id = pair.new
            ), linked AS (
                UPDATE seam_message o SET replaced_by_id = pair.new
                  FROM pair WHERE o.id = pair.old
            )
            UPDATE seam_message w SET predecessor_id = pair.new
              FROM pair WHERE w.predecessor_id = pair.old AND w.state = 'waiting'
            """,
            pairs,
            page_size=len(pairs),
        )

    # -- out of Odoo -------------------------------------------------------------------

    def _is_built_again(self):
        """Whether another try is worth nothing without a new document of the record.

        What may have arrived is sent as it was; so is what cannot be built again.
        """
        return (
            self.direction == "out"
            and self.state == "failed"
            and not self.unsure
            and CODES[self.fault_code].kind == "permanent"
            and self.fault_code not in ("auth.failed", "retry.exhausted")
            and self._record() is not None
        )

    def _build_again(self, reason):
        """Send what the records say now, in place of what was refused.

        A new message with a key of its own: under the old one the partner may repeat
        his refusal.
        """
        if not self:
            return
        cases = self._move(("failed",), "replaced", self.env._("Built again"), reason)
        pairs = []
        for flow, messages in self.grouped("flow_id").items():
            conf = self.env["seam.flow"]._conf_by_id(flow.id)
            rows = [message._row_again(conf) for message in messages]
            ids = {uuid: id_ for id_, uuid in self._insert(rows)}
            pairs += [
                (message.id, ids[row["uuid"]]) for message, row in zip(messages, rows, strict=True)
            ]
        self._take_place(pairs)
        new = self.browse(id_ for _old, id_ in pairs)
        self._log(
            [
                {
                    "message_id": id_,
                    "name": self.env._("Built again from the record"),
                    "state": "pending",
                    "user_id": self.env.uid,
                    "reason": reason,
                }
                for id_ in new.ids
            ]
        )
        self.invalidate_model(flush=False)
        (self | new)._after_commit(cases)

    def _row_again(self, conf):
        context = trace.from_headers({"traceparent": self.traceparent or ""})
        arrival = Arrival(
            key="",
            topic=self.topic or "",
            body=b"",
            content_type="application/json",
            headers={},
            trace_id=self.trace_id,
            traceparent=context.child().traceparent(),
        )
        identity = Identity(self.ordering_key, None, self.correlation, self.label)
        record = {"res_model": self.res_model, "res_id": self.res_id}
        row = self._row(conf, arrival, Verdict(None, identity), {}, record)
        return {**row, "key": row["uuid"]}
