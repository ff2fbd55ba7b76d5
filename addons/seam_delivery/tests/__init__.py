from . import test_bad_input, test_labels, test_tracking
