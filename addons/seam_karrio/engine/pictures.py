"""Labels as they are printed. Pure."""

import base64
import io

from PIL import Image
from reportlab.lib.units import inch
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from odoo.addons.seam.engine.fault import Fault

KINDS = {
    "gif": "gif", "png": "png", "pdf": "pdf", "zpl": "zpl", "zplii": "zpl", "zpl200": "zpl",
}  # fmt: skip
# Inches of a label.
WIDTH, HEIGHT = 4, 6
# From this grey on it is paper.
PAPER = 128


def known(kind):
    return kind.strip().lower() in KINDS


def printed(content, kind, wanted):
    """:param content: base64
    :param wanted: ``pdf`` or ``zpl``
    :return: dict with ``format`` and ``content``
    """
    made = kept(content, kind)
    if wanted == "pdf" and made["format"] in ("gif", "png"):
        return {"format": "pdf", "content": _page(content)}
    return made


def _page(content):
    """A picture as a page of four by six inches, upright, in black and white.

    karrio's own way stretches it, and makes files of six megabytes.

    :param content: base64. :return: base64
    """
    image = _upright(Image.open(io.BytesIO(base64.b64decode(content))).convert("L"))
    crisp = image.point(lambda grey: 255 if grey >= PAPER else 0)
    scale = min(WIDTH * inch / image.width, HEIGHT * inch / image.height)
    wide, high = image.width * scale, image.height * scale
    file = io.BytesIO()
    # invariant: the same picture gives the same bytes
    page = Canvas(file, pagesize=(WIDTH * inch, HEIGHT * inch), invariant=1)
    page.drawImage(ImageReader(crisp), 0, HEIGHT * inch - high, wide, high)
    page.save()
    return base64.b64encode(file.getvalue()).decode()


def _upright(image):
    """UPS's pictures lie on their side, with an end that is empty: it is left out."""
    if image.width > image.height:
        image = image.rotate(-90, expand=True)
    end = image.width * HEIGHT // WIDTH
    if image.height > end:
        rest = image.crop((0, end, image.width, image.height))
        if rest.getextrema()[0] >= PAPER:
            return image.crop((0, 0, image.width, end))
    return image


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
