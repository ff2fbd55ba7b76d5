from . import (
    test_cause,
    test_clock,
    test_dashboard,
    test_dashboard_tour,
    test_limits,
    test_operation,
    test_privacy,
    test_rank,
    test_retention,
    test_rights,
    test_situations,
    test_ways,
)
