from . import (
    address,
    customs,
    delivery_carrier,
    parcels,
    seam_flow,
    seam_handler_delivery_label,
    seam_handler_delivery_tracking,
    seam_shipment,
    seam_parcel,
    seam_shipment_answer,
    stock_package_type,
    stock_picking,
)
