from . import models


def post_init_hook(env):
    env["seam.demo"]._follow_settings()
