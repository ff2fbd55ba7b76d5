from . import (
    sale_order,
    sale_order_line,
    sale_order_reserve,
    seam_flow,
    seam_handler_sale_order,
    seam_handler_sale_plan,
    seam_handler_sale_total,
    seam_handler_sale_new,
    seam_handler_sale_change,
    seam_handler_sale_end,
    seam_handler_sale_refund,
    stock_move,
)
