# The pages' theme and scripts
FROM node:22-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY deploy/assets.mjs deploy/
COPY static static
RUN node deploy/assets.mjs

# The Python packages of a server: no embedded engines, no tools for tests
FROM python:3.13-slim-trixie AS packages
COPY deploy/requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.13-slim-trixie
# libpq5 brings the libraries that libpq needs; libpq itself is then the server's own, below.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends fonts-wqy-microhei fonts-babelstone-han libpq5 liblz4-1 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/*
# For backup and restore: pg_dump refuses a server newer than itself, and Debian's is older than the
# server of docker-compose.yml. Both images are of one Debian release.
COPY --from=postgres:18-trixie /usr/lib/postgresql/18/bin/pg_dump /usr/lib/postgresql/18/bin/pg_restore /usr/local/bin/
COPY --from=postgres:18-trixie /usr/lib/*-linux-gnu/libpq.so.5* /usr/local/lib/
RUN ldconfig && pg_dump --version && pg_restore --version
RUN useradd --system --uid 10001 appeals && install -d -o appeals -g appeals /data
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 APPEALS_DATA_DIR=/data
COPY --from=packages /venv /venv
COPY alembic.ini ./
COPY migrations migrations
COPY deploy deploy
COPY translations translations
COPY templates templates
# Without appeals/demo, which .dockerignore leaves out
COPY appeals appeals
COPY worker worker
COPY --from=assets /app/static/build static/build
RUN printf '#!/bin/sh\nexec python -c "from appeals.cli import main; main()" "$@"\n' > /usr/local/bin/appeals \
    && chmod 755 /usr/local/bin/appeals \
    && python deploy/catalogues.py
USER appeals
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "-c", "deploy/gunicorn.py", "-b", "0.0.0.0:8000"]
