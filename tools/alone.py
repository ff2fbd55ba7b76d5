"""One Odoo per data folder and port: told before anything is made."""

import contextlib

from tools.processes import port_is_free
from tools.settings import Problem
from tools.stamp import locked


@contextlib.contextmanager
def running(settings):
    """Be the only `make run` on this data folder, and find the port free."""
    with locked(settings.data / "run.lock", wait=False) as first:
        if not first:
            raise Problem(
                f"Seam already runs on {settings.data}: stop it first, or set SEAM_DATA and SEAM_PORT to others."
            )
        for name, port in (
            ("SEAM_PORT", settings.port),
            ("SEAM_SHOP_PORT", settings.shop_port),
            ("SEAM_WMS_PORT", settings.wms_port),
            ("SEAM_CARRIER_PORT", settings.carrier_port),
            ("SEAM_CRM_PORT", settings.crm_port),
        ):
            if not port_is_free(port):
                raise Problem(
                    f"Port {port} is taken: stop what listens there, or set {name} to a free one."
                )
        yield


def check(settings):
    """Raise the `Problem` that `running` would raise now."""
    with running(settings):
        pass
