from . import test_contract
from . import test_drain
from . import test_pull
from . import test_flow_hour
from . import test_intake
from . import test_retention
from . import test_spine
from . import test_status
