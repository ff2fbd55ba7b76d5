"""Odoo's own command line, as a script: with workers Odoo starts this file again for its websockets."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    # Whoever started us may be killed: then we end too, instead of keeping the port.
    if os.environ.get("SEAM_END_WITH_PARENT"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # The modules beside this file must not hide others of the same name.
    sys.path.pop(0)
    import odoo.cli

    odoo.cli.main()
