from . import (
    test_bad_input,
    test_costs,
    test_labels,
    test_manifest,
    test_privacy,
    test_rates,
    test_returns,
    test_silence,
    test_tracking,
    test_tracking_pull,
)
from . import test_arrival
from . import test_notices
from . import test_portal
from . import test_void
from . import test_subscription
