from . import seam_connector_karrio, seam_flow, seam_system
