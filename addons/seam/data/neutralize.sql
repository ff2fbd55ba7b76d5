-- A copy of production must not reach production's partners, nor answer them.
UPDATE seam_system SET state = 'disabled', environment = 'test', base_url = NULL,
       allowed_hosts = NULL;
DELETE FROM seam_credential;
