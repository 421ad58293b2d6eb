# Three stages: the files of the pages, the dependencies, and the server. The server runs as its own user, on port 8000.

FROM python:3.13-slim AS pages
WORKDIR /muster
COPY web/__init__.py web/
COPY web/npm/ web/npm/
COPY web/graphiql/__init__.py web/graphiql/assets.py web/graphiql/
COPY web/console/__init__.py web/console/assets.py web/console/
RUN python -m web.npm.fetching


FROM python:3.13-slim AS dependencies
WORKDIR /muster
RUN python -m venv /venv
COPY pyproject.toml ./
# Installs only the dependencies, not the packages at the root.
RUN /venv/bin/pip install --quiet --no-cache-dir .


FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /muster muster && mkdir -p /muster/var && chown muster /muster/var
WORKDIR /muster
COPY --from=dependencies /venv /venv
COPY . .
COPY --from=pages /muster/static/ static/
# The server's user can't write here; without this, each start would compile all modules.
RUN /venv/bin/python -m compileall -q *.py commands models resolvers schema services web
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MUSTER_HOST=0.0.0.0 MUSTER_LOG_FORMAT=json
USER muster
VOLUME /muster/var
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('MUSTER_PORT', '8000') + '/readyz', timeout=5)"]
CMD ["sh", "-c", "python -m muster migrate && exec python -m muster serve"]
