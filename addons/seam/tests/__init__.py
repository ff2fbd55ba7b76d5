from . import test_contract
from . import test_drain
from . import test_spine
