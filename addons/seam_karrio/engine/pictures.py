"""Labels as they are printed. Pure."""

from odoo.addons.seam.engine.fault import Fault

from . import library

KINDS = {
    "gif": "gif", "png": "png", "pdf": "pdf", "zpl": "zpl", "zplii": "zpl", "zpl200": "zpl",
}  # fmt: skip
# A label of four by six inches at 300 dots, upright.
SIZE = {"height": 1800, "width": 1200}


def known(kind):
    return kind.strip().lower() in KINDS


def printed(content, kind, wanted):
    """:param content: base64
    :param wanted: ``pdf`` or ``zpl``
    :return: dict with ``format`` and ``content``
    """
    made = kept(content, kind)
    if wanted == "pdf" and made["format"] in ("gif", "png"):
        turned = library.tools().image_to_pdf(content, rotate=-90, resize=SIZE)
        return {"format": "pdf", "content": turned}
    return made


def kept(content, kind):
    if not known(kind):
        raise Fault(
            "schema.invalid",
            f"The carrier sent a label of the kind {kind}, which cannot be printed.",
            pointer="/labels",
            fix="Choose another kind of label on the delivery method.",
            subject=f"label:{kind}",
        )
    return {"format": KINDS[kind.strip().lower()], "content": content}
