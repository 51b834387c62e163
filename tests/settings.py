"""The product's settings in a folder of the test run's own, untouched by the developer's environment."""

import atexit
import os
import shutil
import tempfile

_FOREIGN = ("CHAT_", "METRICS_", "SECURE_", "CSRF_", "HSTS_", "WORKER_")
for _name in [name for name in os.environ if name.startswith(_FOREIGN)]:
    del os.environ[_name]
for _name in (
    "AUDIT_KEY",
    "ALLOWED_HOSTS",
    "DEBUG",
    "HOST",
    "LOG_LEVEL",
    "PORT",
    "REDIS_URL",
    "TIME_ZONE",
    "TRUSTED_PROXIES",
):
    os.environ.pop(_name, None)

_folder = tempfile.mkdtemp(prefix="sluice-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["DATA_DIR"] = _folder
os.environ["SECRET_KEY"] = "only-for-tests-" + "0123456789" * 5

from chatsite.settings import *  # noqa: E402, F403

# A password costs 0.4 s with the product's hasher.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
