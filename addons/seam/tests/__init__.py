from . import test_drain
from . import test_spine
