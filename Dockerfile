# Sluice's image, for web and workers: `docker build -t sluice .`; compose.yaml says how it is run.
# Everything comes as wheels: nothing is compiled, and there is no compiler in it.

FROM python:3.11.14-slim-bookworm AS packages
COPY requirements.txt .
RUN python -m venv --without-pip /venv \
 && pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check --only-binary :all: -r requirements.txt

FROM python:3.11.14-slim-bookworm
RUN pip uninstall --yes --quiet --root-user-action ignore pip setuptools wheel \
 && useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin sluice \
 && install --directory --mode 0700 --owner sluice --group sluice /data
COPY --from=packages /venv /venv
WORKDIR /srv/sluice
COPY manage.py ./
COPY chatsite chatsite
COPY chat chat
COPY templates templates
COPY static static
# A traceback of a crash in C code belongs into the log; bytecode is made here, once.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONFAULTHANDLER=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data HOST=0.0.0.0
RUN python -m compileall -q chat chatsite
USER sluice
# The scripts and style sheets, gathered and compressed, so that no start has to.
RUN SECRET_KEY=only-to-gather-files-which-needs-one-of-any-kind \
    AUDIT_KEY=only-to-gather-files-which-needs-one-of-any-kind python manage.py gather
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["python", "manage.py", "serve"]
