from datetime import datetime, timezone

from odoo import api, models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Letter

from . import batch, judge
from .lookup import pointer_of
from .seam_handler_crm import QUIET
from .versions import instant
from .words import label, shown


class SeamHandlerCrmConflict(models.AbstractModel):
    """Both sides changed a field since they agreed: a person decides."""

    _inherit = "seam.handler.crm"

    def _conflict(self, plan):
        """Both sides changed it since they agreed: both values, when, and who."""
        rows = self._conflict_rows(plan)
        return Fault(
            "owner.conflict",
            self.env._(
                "%(name)s: both sides changed %(fields)s.",
                name=plan.record.display_name,
                fields=", ".join(row["label"] for row in rows),
            )
            if any(row["ours_at"] for row in rows)
            else self.env._(
                "%(name)s: Odoo and the partner differ about %(fields)s.",
                name=plan.record.display_name,
                fields=", ".join(row["label"] for row in rows),
            ),
            pointer=rows[0]["pointer"],
            fix="\n".join(
                [
                    *(self._conflict_line(row) for row in rows),
                    self.env._("Decide which one counts; the other side is told."),
                ]
            ),
            subject=f"{plan.record._name}:{plan.letter.identity.key}",
            extra={"conflict": rows, "record": plan.record.id},
        )

    def _conflict_rows(self, plan):
        """:return: list of dicts, plain values for people"""
        document = plan.letter.document
        users = {change[1] for *_x, change in plan.conflicts if change}
        users = self.env["res.users"].sudo().browse(users).exists()
        names = {user.id: user.name for user in users}
        return [
            {
                "field": line.name,
                "label": label(line, plan.record),
                "pointer": "/status" if line.kind == "status" else pointer_of(line.name, document),
                "ours": shown(line, plan.record[line.odoo], plan.record),
                "ours_at": change[0] if change else None,
                "ours_by": names.get(change[1]) if change else None,
                "theirs": shown(line, plan.told[line], plan.record),
                "theirs_at": document["modified"],
                "theirs_by": document.get("modified_by"),
            }
            for line, _ours, _theirs, change in plan.conflicts
        ]

    def _conflict_line(self, row):
        def side(name):
            at = changed_at(row, name)
            when = (
                at and f"{datetime.fromtimestamp(at / 1_000_000, timezone.utc):%Y-%m-%d %H:%M} UTC"
            )
            about = ", ".join(filter(None, (row[f"{name}_by"], when)))
            return f"“{row[name][:200]}”" + (f" ({about})" if about else "")

        return self.env._(
            "%(label)s: %(ours)s in Odoo, %(theirs)s at the partner.",
            label=row["label"],
            ours=side("ours"),
            theirs=side("theirs"),
        )

    # -- decide ------------------------------------------------------------------------

    def _conflicts_of(self, message):
        """The conflict of a message as it stands now.

        :return: (Plan, list of rows); (None, []) where there is none any more
        """
        flow, document = message.sudo().flow_id, self._document_of(message)
        user = flow.system_id.user_id
        handler = self.with_user(user).with_context(**QUIET)
        handler = handler.with_context(allowed_company_ids=flow.company_id.ids)
        letter = Letter(message_id=message.id, document=document, identity=self._identify(document))
        handler._attach(flow, letter)
        plans = handler._plans(flow, [letter], handler._records([letter]))
        plan = plans[0] if plans and plans[0].conflicts else None
        return plan, self._conflict_rows(plan) if plan else []

    def _document_of(self, message):
        documents = message.sudo()._documents()
        return documents[0] if documents else {}

    def _attach(self, flow, letter):
        key = letter.identity.key
        bindings = self.env["seam.binding"].sudo()
        found = bindings._by_key(flow.system_id.id, self._bound_model, [key])
        letter.binding = found.get(key, bindings.browse())

    @api.model
    def _decide(self, message, choice, reason):
        """Carry out what a person decided about a conflict: the message is tried again,
        with other agreements.

        :param choice: ``ours``, ``theirs``, or ``merge``: of each field the newest
        """
        plan, rows = self._conflicts_of(message)
        flow = message.sudo().flow_id
        if plan:
            newest = {row["field"]: newest_side(row) for row in rows}
            version = plan.letter.identity.version
            code = batch.country_code(plan.record, plan.told)
            entries = {}
            for line, ours, _theirs, _change in plan.conflicts:
                side = newest[line.name] if choice == "merge" else choice
                theirs = batch.comparable(line.kind, plan.told[line], code)
                entries[line.name] = (
                    judge.Entry("", judge.checksum(theirs), version)
                    if side == "ours"
                    else judge.Entry(judge.checksum(ours), "", version - 1)
                )
            system = flow.system_id.id
            self.env["seam.binding"].sudo()._bind(system, {plan.letter.identity.key: plan.record})
            agreements = self.env["seam.crm.agreement"].sudo()
            agreements._keep(system, plan.record._name, {plan.record.id: entries})
            self._tell(plan.record.sudo(), answer=True)
        message._retry(reason)


def changed_at(row, side):
    """:return: microseconds since 1970; None where nobody knows"""
    at = row[f"{side}_at"]
    if at and side == "ours":
        # as Odoo writes it, in UTC
        at = at.replace(" ", "T") + "Z"
    return instant(at) if at else None


def newest_side(row):
    """:return: on which side a field in conflict was changed last"""
    ours = changed_at(row, "ours")
    return "ours" if ours and ours >= changed_at(row, "theirs") else "theirs"
