import logging
import random
import time

from psycopg2 import InterfaceError, OperationalError

from odoo import api, models

from ..const import CLAIM_LOCK, CONFLICT_TRIES, LEASE_SECONDS
from ..engine.fault import Fault
from .own_cursor import CONFLICTS, own_env, persist
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

        :return: number of messages moved on; 0 when there is nothing to do now
        """
        conf = self.env["seam.flow"]._conf_by_id(flow_id)
        claim, ids, loose = self._claim_batch(conf)
        if ids:
            loose.cases |= self._work(conf, claim)
        self._release([*ids, *loose.blockers])
        self.env["seam.exception"]._close_settled(loose.cases)
        return len(ids) + loose.moved

    @api.model
    def _work(self, conf, claim):
        """Apply the messages of a claim and settle them, in one transaction.

        :return: set of the exceptions that may be over now
        """
        for attempt in range(CONFLICT_TRIES):
            try:
                with own_env(
                    self.env,
                    user=conf.user_id,
                    context={
                        "allowed_company_ids": [conf.company_id],
                        "seam_first_attempt": not attempt,
                        # what this system told us is not told back to it
                        "seam_origin": conf.system_id,
                        "seam_flow": conf.id,
                    },
                ) as env:
                    return env["seam.message"]._work_once(conf, claim)
            except ClaimLost:
                _logger.warning("Claim %s was taken over by another worker", claim)
                return set()
            except CONFLICTS as error:
                # Two workers bind one document, open one exception, meet in a record.
                _logger.info("Claim %s meets a conflict: %s", claim, error)
                self._renew([claim])
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
            except (OperationalError, InterfaceError):
                raise  # PostgreSQL is gone: the lease will run out
            except Exception as error:  # noqa: BLE001 - one must not stop the lane
                _logger.exception("Claim %s could not be settled", claim)
                return self._break_up(claim, error)
        return self._give_back(conf, claim)

    def _work_once(self, conf, claim):
        self._hold(claim)
        letters = self._letters(conf, claim)
        self._understand(conf, letters)
        self._drop_stale(conf, letters)
        self._apply_halving(self.env[conf.handler], [x for x in letters if x.open])
        return self._settle(conf, [claim], letters)

    def _hold(self, claim):
        """Show that this claim is being worked on, for as long as we live."""
        if self.env.cr.connection.server_version >= 140000:
            # A query outlives its killed worker unless the server looks for it.
            self.env.cr.execute("SET LOCAL client_connection_check_interval = '5s'")
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CLAIM_LOCK, claim])

    def _renew(self, claims):
        """We live, though nobody can see it between two attempts."""
        persist(
            self.env,
            lambda env: env.cr.execute(
                """
                UPDATE seam_message
                   SET lease_until = (now() + %s * interval '1 second') AT TIME ZONE 'UTC'
                 WHERE claim = ANY(%s) AND state = 'working'
                """,
                [LEASE_SECONDS, list(claims)],
            ),
            read_committed=True,
        )

    def _break_up(self, claim, error):
        """What no handler caught: each is tried alone, then put aside."""
        return persist(
            self.env,
            lambda env: env["seam.message"]._rescue_claim(claim, error),
            read_committed=True,
        )

    def _give_back(self, conf, claim):
        """Conflict after conflict: the messages wait for their next try."""
        return persist(self.env, lambda env: env["seam.message"]._postpone(conf, claim))

    def _postpone(self, conf, claim):
        letters = self._letters(conf, claim)
        for letter in letters:
            letter.refuse(
                Fault(
                    "db.conflict",
                    self.env._("Other work on the same records was in the way."),
                )
            )
        return self._settle(conf, [claim], letters)
