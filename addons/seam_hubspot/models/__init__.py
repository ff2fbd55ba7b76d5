from . import (
    seam_credential,
    seam_hubspot_quota,
    seam_hubspot_wanted,
    seam_handler_crm_contact_out,
    seam_handler_hubspot_event,
    seam_connector_hubspot,
    seam_flow,
    seam_message,
    seam_privacy,
    seam_system,
)
