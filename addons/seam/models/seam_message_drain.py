import logging
import random
import time

from psycopg2.errors import UniqueViolation

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..const import CLAIM_LOCK, CONFLICT_TRIES
from ..engine.fault import Fault
from .own_cursor import own_env
from .seam_message_apply import ClaimLost

_logger = logging.getLogger(__name__)


class SeamMessageDrain(models.Model):
    """Claim → order → apply → settle, one batch of one flow at a time.

    Three transactions: the claim with its lease is committed first, so that a
    crash is known; the effects and the outcomes are committed together, so that a
    crash leaves both or neither; what waited behind is released last, seeing all
    that was committed before.
    """

    _inherit = "seam.message"

    @api.model
    def _process_next(self, flow_id):
        """Process the next batch of a flow.

        :return: number of messages claimed; 0 when there is nothing to do now
        """
        conf = self.env["seam.flow"]._conf_by_id(flow_id)
        claim, ids = self._claim_batch(conf)
        if ids:
            self._work(conf, claim)
            self._release(ids)
        return len(ids)

    @api.model
    def _work(self, conf, claim):
        """Apply the messages of a claim and settle them, in one transaction."""
        for attempt in range(CONFLICT_TRIES):
            try:
                with own_env(
                    self.env,
                    user=conf.user_id,
                    context={"allowed_company_ids": [conf.company_id]},
                ) as env:
                    env["seam.message"]._work_once(conf, claim)
                return
            except ClaimLost:
                _logger.warning("Claim %s was taken over by another worker", claim)
                return
            except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, UniqueViolation) as error:
                # A unique violation that a handler did not cause: two workers bind
                # the same document or open the same exception at once.
                _logger.info("Claim %s meets a conflict: %s", claim, error)
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        with own_env(self.env) as env:
            env["seam.message"]._give_back(conf, claim)

    def _work_once(self, conf, claim):
        self._hold(claim)
        letters = self._letters(conf, claim)
        self._understand(conf, letters)
        self._drop_stale(conf, letters)
        self._apply_halving(self.env[conf.handler], [x for x in letters if x.open])
        self._settle(conf, claim, letters)

    def _hold(self, claim):
        """Show that this claim is being worked on, for as long as we live."""
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CLAIM_LOCK, claim])

    def _give_back(self, conf, claim):
        """Conflict after conflict: the messages wait for their next try."""
        letters = self._letters(conf, claim)
        for letter in letters:
            letter.refuse(
                Fault(
                    "db.conflict",
                    self.env._("Other work on the same records was in the way."),
                )
            )
        self._settle(conf, claim, letters)
