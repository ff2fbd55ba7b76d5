from . import (
    test_adjustments,
    test_comparison,
    test_performance,
    test_receipts,
    test_requests,
    test_shipments,
    test_status,
    test_tours,
)
