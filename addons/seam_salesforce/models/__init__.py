from . import (
    seam_salesforce_usage,
    seam_system,
    seam_system_directory,
    seam_flow,
    seam_connector_salesforce,
)
