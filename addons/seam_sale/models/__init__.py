from . import (
    sale_order,
    seam_flow,
    seam_handler_sale_order,
    seam_handler_sale_change,
    seam_handler_sale_refund,
    stock_move,
)
