# The service side: hotline (`serve`), worker (`worker`) and set-up (`setup`) of `python -m hotline`.
# Build from the repository's root: docker build -f docker/service.Dockerfile .
FROM node:24-bookworm-slim AS assets

# A mirror may stand in: --build-arg NPM_CONFIG_REGISTRY=…
ARG NPM_CONFIG_REGISTRY=https://registry.npmjs.org/

WORKDIR /assets
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund


FROM python:3.11-slim-bookworm

ARG PIP_INDEX_URL=https://pypi.org/simple
# PyPI's torch for Linux brings gigabytes of CUDA libraries; this index has the CPU build.
ARG TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HUB_OFFLINE=1 \
    OMP_NUM_THREADS=2

# A volume mounted on /data takes over its owner, so that the database can be written.
RUN useradd --create-home --uid 10001 app \
    && install --directory --owner=app --group=app /data

WORKDIR /app
COPY requirements/torch.txt requirements/service.txt requirements/statutes.txt requirements/
RUN pip install --no-cache-dir --disable-pip-version-check \
        --index-url "$TORCH_INDEX_URL" -r requirements/torch.txt \
    && pip install --no-cache-dir --disable-pip-version-check -r requirements/service.txt \
    && pip install --no-cache-dir --disable-pip-version-check --no-deps \
        -r requirements/statutes.txt

COPY docker/health.py docker/health.py
COPY kit kit
COPY indexer indexer
COPY knowledge knowledge
COPY migrations migrations
COPY hotline hotline
COPY --from=assets /assets/node_modules/htmx.org/dist/htmx.min.js hotline/static/vendor/htmx.min.js

USER app
EXPOSE 8000
CMD ["python", "-m", "hotline", "serve"]
