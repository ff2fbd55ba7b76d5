from . import (
    seam_case_wizard,
    seam_conflict_wizard,
    seam_edit_wizard,
    seam_fix_wizard,
    seam_operation_wizard,
    seam_try_wizard,
)
