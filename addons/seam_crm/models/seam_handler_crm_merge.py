from odoo import models

from odoo.addons.seam.engine.fault import Fault


class SeamHandlerCrmMerge(models.AbstractModel):
    """Records that were merged, there or here: bindings stay one to one."""

    _inherit = "seam.handler.crm"

    def _drop_merged(self, flow, letters):
        """What comes under an id that was merged away changes nothing."""
        merged = self.env["seam.crm.merged"].sudo()
        known = merged._of(flow.system_id.id, self._bound_model, [x.identity.key for x in letters])
        for letter in letters:
            row = known.get(letter.identity.key)
            if not row:
                continue
            if row.into_id in (letter.document.get("merged") or ()):
                letter.binding = row._turn()
                continue
            if letter.document.get("deleted"):
                row.settled = True
                letter.done(note=self.env._("It was merged into %s.", row.into_id))
            elif row.by == "theirs":
                self._pass_on(flow, letter, row.into_id)
                if letter.open:
                    letter.supersede(self.env._("It was merged into %s.", row.into_id))
            else:
                letter.refuse(self._still_two(letter, row))

    def _pass_on(self, flow, letter, into_id):
        """What was merged into something that is merged away itself is a part of the last one:
        merges of merges are told in any order."""
        system, model = flow.system_id.id, self._bound_model
        dead = set(letter.document.get("merged") or ()) - {into_id, letter.identity.key}
        if not dead:
            return
        bindings = self.env["seam.binding"]
        bound = bindings._find(system, model, dead | {into_id})
        survivor = bound.pop(into_id, None)
        others = set(bound.values()) - {survivor}
        if not survivor and len(others) == 1:
            survivor = others.pop()
        if others:
            letter.refuse(self._merge_here(letter, survivor, others))
            return
        self.env["seam.crm.merged"].sudo()._note(system, model, dead, into_id, "theirs")
        if survivor:
            bindings.sudo()._bind(system, {into_id: survivor})

    def _still_two(self, letter, row):
        return Fault(
            "master.ambiguous",
            self.env._(
                "%(name)s was merged into %(other)s in Odoo, and is still one of its own there.",
                name=letter.identity.label,
                other=row.into_id,
            ),
            fix=self.env._("Have both merged at the partner, then discard this."),
            subject=f"{self._bound_model}:{letter.identity.key}",
        )

    def _follow_merges(self, flow, letters, records):
        """Let bindings follow what the CRM merged. Where that is two records in Odoo, a
        person merges them here too."""
        dead = {id_ for letter in letters for id_ in letter.document.get("merged") or ()}
        if not dead:
            return
        bound = self.env["seam.binding"]._find(flow.system_id.id, self._bound_model, dead)
        keys = {letter.identity.key for letter in letters}
        for letter in letters:
            ids = set(letter.document.get("merged") or ()) - {letter.identity.key}
            if ids & keys:
                letter.refuse(self._parts_first(letter))
                continue
            others = {bound[id_] for id_ in ids if id_ in bound}
            survivor = records.get(letter)
            if not survivor and len(others) == 1:
                survivor = records[letter] = others.pop()
            others.discard(survivor)
            if others:
                letter.refuse(self._merge_here(letter, survivor, others))
                continue
            self.env["seam.crm.merged"].sudo()._note(
                flow.system_id.id, self._bound_model, ids, letter.identity.key, "theirs"
            )
            if survivor and ids:
                # at once: the rest of the document may have to wait
                bindings = self.env["seam.binding"].sudo()
                bindings._bind(flow.system_id.id, {letter.identity.key: survivor})

    def _parts_first(self, letter):
        """Else what is taken together with it would bind an ID anew that is over."""
        return Fault(
            "order.predecessor",
            self.env._(
                "What the CRM said of a part of %s before comes first.", letter.identity.label
            ),
            fix=self.env._("It goes on by itself."),
            subject=f"{self._bound_model}:{letter.identity.key}",
        )

    def _merge_here(self, letter, survivor, others):
        empty = self.env[self._bound_model]
        records = (survivor or empty) | empty.union(*others)
        return Fault(
            "master.ambiguous",
            self.env._(
                "The partner merged what are two in Odoo: %s.",
                ", ".join(records.mapped("display_name")),
            ),
            pointer="/merged",
            fix=self.env._("Merge them in Odoo too; then this goes on by itself."),
            subject=f"{self._bound_model}:{letter.identity.key}",
            extra={"candidates": records.ids, "candidate_model": self._bound_model},
        )
