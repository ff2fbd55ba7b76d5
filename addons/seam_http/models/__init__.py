from . import (
    base,
    seam_code_list,
    seam_connector_http,
    seam_endpoint,
    seam_endpoint_line,
    seam_flow,
    seam_handler_record,
    seam_handler_record_in,
    seam_handler_record_out,
    seam_mapping_line,
    seam_pull,
    seam_system,
)
