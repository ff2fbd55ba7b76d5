# Odoo 19.0 as its makers ship it, with Seam and what it imports. `docker compose up` starts it with PostgreSQL.
FROM odoo:19.0

USER root
SHELL ["/bin/bash", "-eo", "pipefail", "-c"]

# The image's own Python packages stay: requirements.txt pins only what Odoo does not bring.
# queue_job asks for a distribution that no index has, and is put where addons_path finds it.
COPY requirements.txt /tmp/requirements.txt
RUN grep -v '^odoo-addon-' /tmp/requirements.txt > /tmp/libraries.txt \
    && pip3 install --no-cache-dir --break-system-packages -r /tmp/libraries.txt \
    && grep '^odoo-addon-' /tmp/requirements.txt > /tmp/addons.txt \
    && pip3 install --no-cache-dir --no-deps --target /opt/seam/python -r /tmp/addons.txt \
    && rm /tmp/*.txt

# One place for what every Odoo with Seam needs; the differences of this image are what sed writes below.
COPY odoo.conf /etc/odoo/odoo.conf
RUN sed -i \
        -e 's|^addons_path = .*|addons_path = /opt/seam/addons,/opt/seam/python/odoo/addons|' \
        -e 's|^http_interface = .*|http_interface = 0.0.0.0|' \
        -e 's|^\[options\]|&\ndata_dir = /var/lib/odoo|' \
        -e 's|^\[queue_job\]|&\nhost = 127.0.0.1|' \
        -e 's|^; secret_key_file|secret_key_file|' /etc/odoo/odoo.conf \
    && chown odoo /etc/odoo/odoo.conf

# Threads that send would reserve 64 MB each of the address space that Odoo limits.
ENV MALLOC_ARENA_MAX=2

COPY addons /opt/seam/addons
COPY simulators /opt/seam/simulators

WORKDIR /opt/seam
USER odoo
