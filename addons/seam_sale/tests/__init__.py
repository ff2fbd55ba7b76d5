from . import (
    test_amounts,
    test_bad_orders,
    test_batch,
    test_changes,
    test_credit_notes,
    test_customers,
    test_drift,
    test_order,
    test_refunds,
    test_reservation,
    test_stock_levels,
    test_way_back,
)
