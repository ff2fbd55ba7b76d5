from . import seam_handler_sale_shipment, stock_picking
