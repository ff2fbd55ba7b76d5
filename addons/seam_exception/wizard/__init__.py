from . import (
    seam_case_wizard,
    seam_operation_wizard,
)
