from odoo import models

from odoo.addons.seam.engine import codec


class SeamConnector(models.AbstractModel):
    _inherit = "seam.connector"

    # how many numbers one call may ask for; 0: the carrier cannot be asked
    _track_most = 0

    def _track(self, client, flow, numbers):
        """Ask the carrier, in one call, how far parcels are.

        Called by the pull of a flow *Tracking of parcels*, for the parcels that are due.
        What it gives goes the way of what the carrier pushes: ``_to_documents(flow,
        "track", wire)`` turns each into documents ``shipping-tracking``. Leave out of it
        what differs at each call (a request's id, the time of the answer): the same
        answer twice is recognised by its content, and stored once.

        :param client: SystemClient, with the system's address, limits and credentials
        :param flow: FlowConf
        :param numbers: list of tracking numbers, at most ``_track_most``
        :return: iterable of what the carrier says: parsed JSON, or its raw bytes.
            Nothing of a number that he does not know (yet): that is no fault
        :raise Fault: he did not answer, or refused. One that passes is tried again
            later; for any other the numbers are asked for in halves, so that one that
            he cannot read does not stop the others
        """
        raise NotImplementedError


class SeamConnectorApi(models.AbstractModel):
    _inherit = "seam.connector.api"

    _track_most = 50

    def _track(self, client, flow, numbers):
        """GET ``{address}/{path}?tracking=a,b,c``: a list of documents, or one."""
        response = client.get(flow.options["path"], params={"tracking": ",".join(numbers)})
        answer = codec.parse(response.body)
        return answer if isinstance(answer, list) else [answer]
