from odoo import api, fields, models

from odoo.addons.seam.models.seam_exception import fingerprint

CODE = "reconcile.difference"


class SeamException(models.Model):
    """Cases about a difference hold up no message: who compares opens and closes them."""

    _inherit = "seam.exception"

    difference_subject = fields.Char(readonly=True)

    @api.model
    def _keep_differences(self, conf, faults, is_compared):
        """One open case for each difference, with its newest numbers.

        :param conf: FlowConf
        :param faults: list of Fault, one for each difference there is now
        :param is_compared: function subject → whether it was compared now; of these,
            cases without a fault are over
        """
        opened = self._open(conf, faults)
        subjects = {opened[fingerprint(conf, fault)]: fault for fault in faults}
        for case in self.browse(subjects):
            case._renew(subjects[case.id])
        known = self.search(
            [("flow_id", "=", conf.id), ("code", "=", CODE), ("state", "=", "open")]
        )
        over = known.filtered(
            lambda case: case.id not in subjects and is_compared(case.difference_subject or "")
        )
        if over:
            over._resolve(self.env._("Both sides agree again."))

    def _renew(self, fault):
        """The case tells the numbers of now; what they were is in its history."""
        if self.difference_subject and self.name != fault.message[:500]:
            self.message_post(body=fault.message)
        self.write(
            {
                "name": fault.message[:500],
                "fix": fault.fix,
                "difference_subject": fault.subject,
            }
        )
