from . import delivery_carrier, seam_connector_amazon, seam_flow, seam_system
