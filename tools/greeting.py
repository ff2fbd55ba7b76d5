"""What `make run` prints when everything is up. The line to try is kept here and nowhere else."""

TRY = "curl -i {url}/web/health"


def text(settings, url):
    """The few lines a newcomer needs, as one text."""
    return f"""
  Seam is running on Odoo 19.0

    Address   {url}
    Login     admin / admin
    Try       {TRY.format(url=url)}
    Log       {settings.logs / "seam.log"}

  Ctrl-C stops all of it.
"""
