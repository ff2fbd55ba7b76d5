from . import seam_connector_amazon, seam_flow, seam_system
