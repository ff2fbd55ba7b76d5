from odoo import models

# Of 100: found by more than a name, see ``matching.py``
SCORE = 97


class SeamFixWizard(models.TransientModel):
    """Which one in Odoo is meant: those first that the case shows side by side."""

    _inherit = "seam.fix.wizard"

    def _candidates(self):
        found = super()._candidates()
        case = self.exception_id
        if not case.crm_candidate_model or case.crm_candidate_model != self.model:
            return found
        ids = case._crm_candidates()._filtered_access("read").ids
        others = [one for one in found if one["id"] not in ids]
        return [self._crm_candidate(id_, found) for id_ in ids] + others

    def _crm_candidate(self, id_, found):
        known = next((one for one in found if one["id"] == id_), None)
        why = self.env._("Shown side by side with the CRM's")
        return {
            "id": id_,
            "name": self.env[self.model].browse(id_).display_name,
            "why": " · ".join(filter(None, (why, known and known["why"]))),
            "sure": False,
            "score": SCORE,
        }
