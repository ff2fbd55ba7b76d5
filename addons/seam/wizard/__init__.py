from . import (
    seam_confirm_wizard,
    seam_discard_wizard,
    seam_edit_wizard,
    seam_fix_wizard,
    seam_key_wizard,
    seam_try_wizard,
    seam_wizard_guard,
)
